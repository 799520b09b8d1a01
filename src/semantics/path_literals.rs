//! The paths that a file writes down, with where they lead.

use super::Semantics;
use crate::base::{FileId, TextRange};
use crate::eval::normalise_path;
use crate::hir::Name;
use crate::syntax::SyntaxKind::*;
use crate::syntax::ast::{self, AstNode};
use crate::syntax::string_value::plain_path;

/// A path in the text of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathLiteral {
    /// The part of the text that says the path: all of `./a.nix`, and `/a.nix` in `"${self}/a.nix"`.
    pub range: TextRange,
    pub spelling: PathSpelling,
    /// The absolute path that it says, whether anything is there or not.
    pub path: Name,
}

/// How a path is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathSpelling {
    /// `./a.nix`, `../a.nix`, `a/b.nix`
    Relative,
    /// `/etc/nixos/a.nix`
    Absolute,
    /// In a string, below the root of the flake: `"${self}/a.nix"`
    BelowSelf,
}

impl Semantics {
    /// The paths of a file that are written out, in the order of the text. Those with a computed part are left out.
    pub fn path_literals(&self, file: FileId) -> Vec<PathLiteral> {
        let Ok(data) = self.snapshot().file(file) else { return Vec::new() };
        let root = self.flake(file).map(|flake| flake.root.clone());
        let nodes = data.parse().root().descendants();
        let found = nodes.filter_map(|node| match node.kind() {
            // Search paths (`<nixpkgs>`) are paths of the machine.
            NODE_PATH_REL | NODE_PATH_ABS => {
                let text = plain_path(&ast::Path::cast(node.clone())?)?;
                let path = self.path_of_literal(file, &text)?;
                let spelling = if text.starts_with('/') { PathSpelling::Absolute } else { PathSpelling::Relative };
                Some(PathLiteral { range: node.text_range(), spelling, path })
            }
            NODE_STRING => {
                let (range, below) = below_self(&node)?;
                let path = normalise_path(&format!("{}{below}", root.as_deref()?.trim_end_matches('/')));
                Some(PathLiteral { range, spelling: PathSpelling::BelowSelf, path })
            }
            _ => None,
        });
        found.collect()
    }
}

/// The text after `${self}` in a string that holds nothing else, and where it stands.
fn below_self(string: &crate::syntax::SyntaxNode) -> Option<(TextRange, String)> {
    let mut parts = string.children_with_tokens();
    parts.next().filter(|it| it.kind() == TOKEN_STRING_START)?;
    let of = parts.next()?.into_node().filter(|it| it.kind() == NODE_INTERPOL)?;
    let of: String = of.text().to_string().chars().filter(|c| !c.is_whitespace()).collect();
    if !matches!(of.as_str(), "${self}" | "${inputs.self}" | "${self.outPath}" | "${inputs.self.outPath}") {
        return None;
    }
    let content = parts.next()?.into_token().filter(|it| it.kind() == TOKEN_STRING_CONTENT)?;
    let text = content.text();
    let plain = text.starts_with('/') && !text.contains(['\\', '$', '\n', '\'']);
    let ends = parts.next().is_some_and(|it| it.kind() == TOKEN_STRING_END);
    (plain && ends && text.len() > 1).then(|| (content.text_range(), text.to_string()))
}

/// A path as a literal that leads to it from a folder: `./a.nix`, `../b`. What a literal cannot hold is written as a
/// sum: `(./. + "/a b.nix")`.
pub fn relative_literal(folder: &str, path: &str) -> String {
    let from: Vec<&str> = folder.split('/').filter(|it| !it.is_empty()).collect();
    let to: Vec<&str> = path.split('/').filter(|it| !it.is_empty()).collect();
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let mut literal = match from.len() - shared {
        0 => "./".to_string(),
        up => "../".repeat(up),
    };
    literal.push_str(&to.get(shared..).unwrap_or_default().join("/"));
    let literal = match literal.trim_end_matches('/') {
        "." => "./.",
        up if up.split('/').all(|part| part == "..") => return format!("{up}/."),
        literal => literal,
    };
    let holds = |byte: u8| byte.is_ascii_alphanumeric() || b"._-+/".contains(&byte);
    if literal.bytes().all(holds) {
        return literal.to_string();
    }
    let rest = literal.trim_start_matches("./").replace('\\', "\\\\").replace('"', "\\\"").replace("${", "\\${");
    match literal.strip_prefix("./") {
        Some(_) => format!("(./. + \"/{rest}\")"),
        None => {
            let up = literal.matches("../").count();
            let rest = rest.trim_start_matches("../");
            format!("({}. + \"/{rest}\")", "../".repeat(up))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::relative_literal;

    #[test]
    fn relative() {
        let cases = [
            ("/r", "/r/a.nix", "./a.nix"),
            ("/r/hosts", "/r/a.nix", "../a.nix"),
            ("/r/hosts/x", "/r/modules/a", "../../modules/a"),
            ("/r", "/r", "./."),
            ("/r/hosts", "/r", "../."),
            ("/r", "/r/a b.nix", "(./. + \"/a b.nix\")"),
            ("/r/x/y", "/r/ä.nix", "(../../. + \"/ä.nix\")"),
        ];
        for (folder, path, literal) in cases {
            assert_eq!(relative_literal(folder, path), literal, "{path} from {folder}");
        }
    }
}
