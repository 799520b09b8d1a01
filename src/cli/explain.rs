//! `flakewise explain`

use serde::Serialize;

use super::arguments::{ExplainArguments, Format};
use super::load::no_such_rule;
use super::{Answer, Failure, json};
use crate::rules::Rule;

#[derive(Serialize)]
struct Document {
    version: u32,
    rule: &'static str,
    severity: &'static str,
    documentation: String,
}

pub(super) fn run(arguments: &ExplainArguments) -> Result<Answer, Failure> {
    let rule = Rule::find(&arguments.rule).ok_or_else(|| no_such_rule(&arguments.rule))?;
    let text = match arguments.format {
        Format::Text => format!("{} ({})\n\n{}", rule.id, rule.severity.name(), rule.page_text()),
        Format::Json => json::document(&Document {
            version: json::VERSION,
            rule: rule.id,
            severity: rule.severity.name(),
            documentation: rule.page_text(),
        }),
    };
    Ok(Answer::ok(text))
}
