//! One line on every builtin, and on what modules use of nixpkgs' `lib`.

use crate::hir::Name;

/// The signature of a builtin and what it gives.
pub fn builtin_doc(name: &str) -> Option<(&'static str, &'static str)> {
    look_up(BUILTINS, name)
}

/// The signature of a function of `lib` (or what else is there) and what it gives.
pub fn lib_doc(path: &[Name]) -> Option<(&'static str, &'static str)> {
    match path {
        [name] => look_up(LIB, name),
        [types, name] if types == "types" => look_up(LIB, &format!("types.{name}")),
        // `lib.strings.hasPrefix` is `lib.hasPrefix`.
        [group, name]
            if matches!(group.as_str(), "attrsets" | "lists" | "modules" | "options" | "strings" | "trivial") =>
        {
            look_up(LIB, name)
        }
        _ => None,
    }
}

/// The names of `lib` below a path, sorted, with signature and meaning.
pub fn lib_names(path: &[Name]) -> Vec<(&'static str, &'static str, &'static str)> {
    let entries = LIB.iter().copied();
    match path {
        [] => entries.filter(|(name, ..)| !name.contains('.')).collect(),
        [types] if types == "types" => {
            entries.filter_map(|(name, signature, doc)| Some((name.strip_prefix("types.")?, signature, doc))).collect()
        }
        _ => Vec::new(),
    }
}

fn look_up(table: &'static [(&str, &'static str, &'static str)], name: &str) -> Option<(&'static str, &'static str)> {
    let at = table.binary_search_by(|(entry, ..)| (*entry).cmp(name)).ok()?;
    table.get(at).map(|(_, signature, doc)| (*signature, *doc))
}

/// Name, signature and meaning, sorted by name.
const BUILTINS: &[(&str, &str, &str)] = &[
    ("abort", "abort s", "Stops the evaluation with the message `s`."),
    ("add", "add a b", "The sum of two numbers."),
    (
        "addDrvOutputDependencies",
        "addDrvOutputDependencies s",
        "The string with the outputs of the derivations it refers to as dependencies.",
    ),
    ("addErrorContext", "addErrorContext s v", "The value `v`; `s` is shown with errors in it."),
    ("all", "all pred list", "Whether `pred` holds for every element."),
    ("any", "any pred list", "Whether `pred` holds for some element."),
    ("appendContext", "appendContext s context", "The string with further store objects that it refers to."),
    ("attrNames", "attrNames set", "The names of the attributes, sorted."),
    ("attrValues", "attrValues set", "The values of the attributes, in the order of their names."),
    ("baseNameOf", "baseNameOf path", "The last component of a path."),
    ("bitAnd", "bitAnd a b", "Bitwise and."),
    ("bitOr", "bitOr a b", "Bitwise or."),
    ("bitXor", "bitXor a b", "Bitwise exclusive or."),
    ("break", "break v", "The value `v`; stops in the debugger."),
    ("builtins", "builtins", "The set of all builtins."),
    ("catAttrs", "catAttrs name list", "The attribute `name` of every set of the list that has it."),
    ("ceil", "ceil number", "The number rounded up."),
    ("compareVersions", "compareVersions a b", "-1, 0 or 1, as version `a` is older than, equal to or newer than `b`."),
    ("concatLists", "concatLists lists", "The lists joined to one."),
    ("concatMap", "concatMap f list", "The lists that `f` gives for the elements, joined to one."),
    ("concatStringsSep", "concatStringsSep sep list", "The strings of the list with `sep` between them."),
    ("convertHash", "convertHash args", "A hash in another format or encoding."),
    ("currentSystem", "currentSystem", "The system that evaluates. Not available in flakes."),
    ("currentTime", "currentTime", "The time of the evaluation. Not available in flakes."),
    ("deepSeq", "deepSeq a b", "Evaluates all of `a`, then gives `b`."),
    ("derivation", "derivation attrs", "A derivation: a store path and how to build it."),
    ("derivationStrict", "derivationStrict attrs", "The primitive under `derivation`."),
    ("dirOf", "dirOf path", "The folder of a path."),
    ("div", "div a b", "The quotient of two numbers."),
    ("elem", "elem x list", "Whether the list has an element equal to `x`."),
    ("elemAt", "elemAt list n", "The element at index `n`, from zero."),
    ("exec", "exec args", "The value that a program prints. Off by default."),
    ("false", "false", "The boolean."),
    ("fetchClosure", "fetchClosure args", "A store path from a binary cache."),
    ("fetchGit", "fetchGit args", "A git repository in the store."),
    ("fetchMercurial", "fetchMercurial args", "A Mercurial repository in the store."),
    ("fetchTarball", "fetchTarball args", "An unpacked archive in the store."),
    ("fetchTree", "fetchTree args", "A source tree from any kind of place."),
    ("fetchurl", "fetchurl args", "A file of the web in the store."),
    ("filter", "filter f list", "The elements for which `f` holds."),
    ("filterSource", "filterSource f path", "A path copied to the store, with the files for which `f` holds."),
    ("findFile", "findFile search name", "Looks a name up in a search path."),
    ("flakeRefToString", "flakeRefToString attrs", "The flake reference of a set, as text."),
    ("floor", "floor number", "The number rounded down."),
    ("foldl'", "foldl' op nul list", "Folds the list from the left, strictly."),
    ("fromJSON", "fromJSON s", "The value of a JSON text."),
    ("fromTOML", "fromTOML s", "The value of a TOML text."),
    ("functionArgs", "functionArgs f", "The names of a function's arguments; true for those with a default."),
    ("genList", "genList f n", "The list of `f 0` to `f (n - 1)`."),
    ("genericClosure", "genericClosure args", "The transitive closure of `operator` over `startSet`."),
    ("getAttr", "getAttr name set", "The attribute `name`."),
    ("getContext", "getContext s", "The store objects that a string refers to."),
    ("getEnv", "getEnv name", "An environment variable. Empty in flakes."),
    ("getFlake", "getFlake ref", "The outputs of another flake."),
    ("groupBy", "groupBy f list", "The elements in a set of lists, by what `f` gives."),
    ("hasAttr", "hasAttr name set", "Whether the set has the attribute."),
    ("hasContext", "hasContext s", "Whether a string refers to store objects."),
    ("hashFile", "hashFile type path", "The hash of a file."),
    ("hashString", "hashString type s", "The hash of a string."),
    ("head", "head list", "The first element."),
    ("import", "import path", "The value of a Nix file, or of default.nix in a folder."),
    ("importNative", "importNative path symbol", "A value from a shared library. Off by default."),
    ("intersectAttrs", "intersectAttrs a b", "The attributes of `b` whose names `a` has too."),
    ("isAttrs", "isAttrs v", "Whether the value is a set."),
    ("isBool", "isBool v", "Whether the value is a boolean."),
    ("isFloat", "isFloat v", "Whether the value is a floating point number."),
    ("isFunction", "isFunction v", "Whether the value is a function."),
    ("isInt", "isInt v", "Whether the value is an integer."),
    ("isList", "isList v", "Whether the value is a list."),
    ("isNull", "isNull v", "Whether the value is null."),
    ("isPath", "isPath v", "Whether the value is a path."),
    ("isString", "isString v", "Whether the value is a string."),
    ("langVersion", "langVersion", "The version of the language."),
    ("length", "length list", "The number of elements."),
    ("lessThan", "lessThan a b", "Whether `a` is less than `b`."),
    ("listToAttrs", "listToAttrs list", "The set of `{ name; value; }` elements."),
    ("map", "map f list", "`f` of every element."),
    ("mapAttrs", "mapAttrs f set", "The set with `f name value` for every value."),
    ("match", "match regex s", "The groups of a match of the whole string, or null."),
    ("mul", "mul a b", "The product of two numbers."),
    ("nixPath", "nixPath", "The search path."),
    ("nixVersion", "nixVersion", "The version of Nix."),
    ("null", "null", "No value."),
    ("outputOf", "outputOf drv name", "The output of a derivation that is itself built."),
    ("parseDrvName", "parseDrvName s", "Name and version of a package name."),
    ("parseFlakeRef", "parseFlakeRef s", "The set of a flake reference."),
    ("partition", "partition pred list", "`right`: the elements for which `pred` holds; `wrong`: the others."),
    ("path", "path args", "A path copied to the store, filtered and under a name."),
    ("pathExists", "pathExists path", "Whether the path exists."),
    ("placeholder", "placeholder output", "The text that the output path replaces at build time."),
    ("readDir", "readDir path", "The entries of a folder with their types."),
    ("readFile", "readFile path", "The content of a file."),
    ("readFileType", "readFileType path", "The type of what is at a path."),
    ("removeAttrs", "removeAttrs set names", "The set without these attributes."),
    ("replaceStrings", "replaceStrings from to s", "The string with each text of `from` replaced."),
    ("scopedImport", "scopedImport scope path", "`import` with other names in scope."),
    ("seq", "seq a b", "Evaluates `a`, then gives `b`."),
    ("sort", "sort less list", "The list, sorted."),
    ("split", "split regex s", "The parts between matches, and the groups of each match."),
    ("splitVersion", "splitVersion s", "The components of a version."),
    ("storeDir", "storeDir", "The path of the store."),
    ("storePath", "storePath path", "A path of the store as a dependency."),
    ("stringLength", "stringLength s", "The length in bytes."),
    ("sub", "sub a b", "The difference of two numbers."),
    ("substring", "substring start len s", "A part of a string."),
    ("tail", "tail list", "The list without its first element."),
    ("throw", "throw s", "Fails with the message `s`."),
    ("toFile", "toFile name s", "A file of the store with this content."),
    ("toJSON", "toJSON v", "The value as JSON."),
    ("toPath", "toPath s", "The string as an absolute path. Deprecated."),
    ("toString", "toString v", "The value as a string."),
    ("toXML", "toXML v", "The value as XML."),
    ("trace", "trace msg v", "The value `v`; prints `msg` when it is evaluated."),
    ("traceVerbose", "traceVerbose msg v", "Like `trace`, with `--trace-verbose` only."),
    ("true", "true", "The boolean."),
    ("tryEval", "tryEval v", "`success` and `value`: whether the evaluation threw."),
    ("typeOf", "typeOf v", "The name of the value's type."),
    (
        "unsafeDiscardOutputDependency",
        "unsafeDiscardOutputDependency s",
        "The string without dependencies on build outputs.",
    ),
    ("unsafeDiscardStringContext", "unsafeDiscardStringContext s", "The string without its store objects."),
    ("unsafeGetAttrPos", "unsafeGetAttrPos name set", "Where the attribute was written."),
    ("warn", "warn msg v", "The value `v`; prints a warning."),
    ("zipAttrsWith", "zipAttrsWith f list", "The sets merged, `f name values` for every name."),
];

/// Name, signature and meaning, sorted by name.
const LIB: &[(&str, &str, &str)] = &[
    ("all", "all pred list", "Whether `pred` holds for every element."),
    ("any", "any pred list", "Whether `pred` holds for some element."),
    ("assertMsg", "assertMsg condition msg", "The condition; prints a message when it fails."),
    ("attrByPath", "attrByPath path default set", "The attribute at a path, or the default."),
    ("attrsets", "attrsets", "Functions over sets."),
    ("cli", "cli", "Functions that write command lines."),
    ("concatLines", "concatLines list", "The strings, each with a line break."),
    ("concatMap", "concatMap f list", "The lists that `f` gives, joined to one."),
    ("concatMapStrings", "concatMapStrings f list", "The strings that `f` gives, joined."),
    ("concatMapStringsSep", "concatMapStringsSep sep f list", "The strings that `f` gives, with `sep` between them."),
    ("concatStringsSep", "concatStringsSep sep list", "The strings of the list with `sep` between them."),
    ("const", "const a b", "The first of two values."),
    ("drop", "drop n list", "The list without its first `n` elements."),
    ("elem", "elem x list", "Whether the list has the element."),
    ("escapeShellArg", "escapeShellArg s", "The string, quoted for the shell."),
    ("escapeShellArgs", "escapeShellArgs list", "The strings, quoted for the shell."),
    ("evalModules", "evalModules args", "Evaluates modules: `config` and `options`."),
    ("extend", "extend overlay", "`lib` with further attributes."),
    ("fileContents", "fileContents path", "The content of a file without the last line break."),
    ("fileset", "fileset", "Sets of files, for sources."),
    ("filesystem", "filesystem", "Functions over folders."),
    ("filter", "filter pred list", "The elements for which `pred` holds."),
    ("filterAttrs", "filterAttrs pred set", "The attributes for which `pred name value` holds."),
    ("fix", "fix f", "The value that `f` gives for itself."),
    ("flatten", "flatten list", "The list with all lists in it opened."),
    ("flip", "flip f a b", "`f b a`."),
    ("foldl'", "foldl' op nul list", "Folds the list from the left, strictly."),
    ("foldr", "foldr op nul list", "Folds the list from the right."),
    ("genAttrs", "genAttrs names f", "The set with `f name` for every name."),
    ("generators", "generators", "Functions that write configuration formats."),
    ("getAttrFromPath", "getAttrFromPath path set", "The attribute at a path."),
    ("getExe", "getExe package", "The path of the main program of a package."),
    ("getExe'", "getExe' package name", "The path of a program of a package."),
    ("hasAttrByPath", "hasAttrByPath path set", "Whether there is an attribute at a path."),
    ("hasInfix", "hasInfix infix s", "Whether the string holds another."),
    ("hasPrefix", "hasPrefix prefix s", "Whether the string begins so."),
    ("hasSuffix", "hasSuffix suffix s", "Whether the string ends so."),
    ("head", "head list", "The first element."),
    ("id", "id v", "The value itself."),
    ("imap0", "imap0 f list", "`f index element`, from zero."),
    ("imap1", "imap1 f list", "`f index element`, from one."),
    ("importJSON", "importJSON path", "The value of a JSON file."),
    ("importTOML", "importTOML path", "The value of a TOML file."),
    ("init", "init list", "The list without its last element."),
    ("last", "last list", "The last element."),
    ("licenses", "licenses", "What is known of licenses."),
    ("lists", "lists", "Functions over lists."),
    ("literalExpression", "literalExpression text", "A default or example as it is to be shown."),
    ("maintainers", "maintainers", "Who maintains packages."),
    ("makeBinPath", "makeBinPath packages", "The `bin` folders as a search path."),
    ("makeExtensible", "makeExtensible f", "A set that `extend` can change."),
    ("map", "map f list", "`f` of every element."),
    ("mapAttrs", "mapAttrs f set", "The set with `f name value` for every value."),
    ("mapAttrs'", "mapAttrs' f set", "The set of what `f name value` gives: `nameValuePair`s."),
    ("mapAttrsToList", "mapAttrsToList f set", "The list of `f name value`."),
    ("mdDoc", "mdDoc text", "The text itself, of the days when documentation had two formats."),
    ("mkAfter", "mkAfter list", "Elements that come last in the merged list."),
    ("mkAliasOptionModule", "mkAliasOptionModule from to", "A module that makes one option another name of a second."),
    ("mkBefore", "mkBefore list", "Elements that come first in the merged list."),
    ("mkDefault", "mkDefault value", "The value, unless a module sets it plainly. Priority 1000."),
    ("mkEnableOption", "mkEnableOption name", "Declares a boolean option, false by default, that enables `name`."),
    ("mkForce", "mkForce value", "The value, whatever others set plainly. Priority 50."),
    ("mkIf", "mkIf condition content", "Definitions that hold under a condition. The condition may read `config`."),
    ("mkMerge", "mkMerge contents", "Several sets of definitions in the place of one."),
    ("mkOption", "mkOption args", "Declares an option: `type`, `default`, `description`, `example`."),
    ("mkOptionDefault", "mkOptionDefault value", "The value with the priority of an option's default, 1500."),
    ("mkOrder", "mkOrder priority list", "Elements with a place in the merged list."),
    ("mkOverride", "mkOverride priority value", "The value with a priority; the lowest number wins."),
    ("mkPackageOption", "mkPackageOption pkgs name args", "Declares an option for a package."),
    ("mkRemovedOptionModule", "mkRemovedOptionModule path hint", "A module for an option that is gone."),
    ("mkRenamedOptionModule", "mkRenamedOptionModule from to", "A module for an option that has a new name."),
    ("nameValuePair", "nameValuePair name value", "The set of both, for `listToAttrs`."),
    ("nixosSystem", "nixosSystem args", "A NixOS configuration of these `modules`."),
    ("optional", "optional condition value", "A list of the value, or none."),
    ("optionalAttrs", "optionalAttrs condition set", "The set, or an empty one."),
    ("optionalString", "optionalString condition s", "The string, or an empty one."),
    ("optionals", "optionals condition list", "The list, or an empty one."),
    ("pathExists", "pathExists path", "Whether the path exists."),
    ("pipe", "pipe value functions", "The value after all functions."),
    ("platforms", "platforms", "Lists of systems."),
    ("range", "range a b", "The integers from `a` to `b`."),
    ("recursiveUpdate", "recursiveUpdate a b", "`a // b`, also for the sets within."),
    ("removePrefix", "removePrefix prefix s", "The string without its beginning."),
    ("removeSuffix", "removeSuffix suffix s", "The string without its end."),
    ("replaceStrings", "replaceStrings from to s", "The string with each text of `from` replaced."),
    ("setAttrByPath", "setAttrByPath path value", "The set with the value at a path."),
    ("singleton", "singleton value", "The list of one value."),
    ("splitString", "splitString sep s", "The parts of a string."),
    ("strings", "strings", "Functions over strings."),
    ("systems", "systems", "What is known of systems."),
    ("tail", "tail list", "The list without its first element."),
    ("take", "take n list", "The first `n` elements."),
    ("throwIf", "throwIf condition msg v", "The value `v`, or a failure under a condition."),
    ("toLower", "toLower s", "The string in small letters."),
    ("toUpper", "toUpper s", "The string in capitals."),
    ("trivial", "trivial", "Functions of the base."),
    ("types", "types", "The types of options."),
    ("types.anything", "types.anything", "Any value; sets merge, other values must be equal."),
    ("types.attrs", "types.attrs", "A set; later definitions win. Prefer `attrsOf anything`."),
    ("types.attrsOf", "types.attrsOf type", "A set of values of one type."),
    ("types.bool", "types.bool", "A boolean."),
    ("types.coercedTo", "types.coercedTo from f to", "A value of `to`, or of `from` that `f` turns into one."),
    ("types.commas", "types.commas", "Text; several definitions are joined by commas."),
    ("types.deferredModule", "types.deferredModule", "A module that is evaluated elsewhere."),
    ("types.either", "types.either a b", "A value of one of two types."),
    ("types.enum", "types.enum values", "One of these values."),
    ("types.float", "types.float", "A floating point number."),
    ("types.functionTo", "types.functionTo type", "A function that gives a value of the type."),
    ("types.int", "types.int", "An integer."),
    ("types.ints", "types.ints", "Types of integers in ranges: `between`, `positive`, `unsigned`, `u8`, …"),
    ("types.lazyAttrsOf", "types.lazyAttrsOf type", "A set of values of one type that are evaluated one by one."),
    ("types.lines", "types.lines", "Text; several definitions are joined by line breaks."),
    ("types.listOf", "types.listOf type", "A list; definitions are joined."),
    ("types.nonEmptyStr", "types.nonEmptyStr", "A string that is not empty."),
    ("types.nullOr", "types.nullOr type", "null, or a value of the type."),
    ("types.number", "types.number", "An integer or floating point number."),
    ("types.oneOf", "types.oneOf types", "A value of one of several types."),
    ("types.package", "types.package", "A package."),
    ("types.path", "types.path", "An absolute path."),
    ("types.port", "types.port", "A port number, 0 to 65535."),
    ("types.raw", "types.raw", "Any value, not looked into."),
    ("types.separatedString", "types.separatedString sep", "Text; several definitions are joined by `sep`."),
    ("types.singleLineStr", "types.singleLineStr", "A string without line breaks."),
    ("types.str", "types.str", "A string that does not merge."),
    ("types.strMatching", "types.strMatching regex", "A string that matches."),
    ("types.submodule", "types.submodule module", "A set with options of its own."),
    ("types.submoduleWith", "types.submoduleWith args", "A submodule with arguments and class."),
    ("types.unspecified", "types.unspecified", "Any value. Better say which."),
    ("unique", "unique list", "The list with each value once."),
    ("versionAtLeast", "versionAtLeast a b", "Whether version `a` is at least `b`."),
    ("versionOlder", "versionOlder a b", "Whether version `a` is older than `b`."),
    ("warn", "warn msg v", "The value `v`; prints a warning."),
    ("warnIf", "warnIf condition msg v", "The value `v`; prints a warning under a condition."),
    ("zipLists", "zipLists a b", "The list of pairs."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        for table in [BUILTINS, LIB] {
            assert!(table.is_sorted_by(|a, b| a.0 < b.0));
        }
    }

    #[test]
    fn every_builtin_is_documented() {
        for name in crate::eval::builtin_names() {
            assert!(builtin_doc(name).is_some(), "{name}");
        }
    }

    #[test]
    fn names_of_lib() {
        assert_eq!(lib_doc(&["mkIf".into()]).unwrap().0, "mkIf condition content");
        assert_eq!(lib_doc(&["types".into(), "bool".into()]).unwrap().0, "types.bool");
        assert!(lib_doc(&["strings".into(), "hasPrefix".into()]).is_some());
        assert!(lib_doc(&["nonsense".into()]).is_none());
        assert!(lib_names(&["types".into()]).iter().any(|(name, ..)| *name == "nullOr"));
    }
}
