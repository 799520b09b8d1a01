# Tracing shows nothing here; the values go through.
{ lib }:
rec {
  inherit (builtins) trace addErrorContext unsafeGetAttrPos;
  traceIf = condition: message: value: if condition then builtins.trace message value else value;
  traceVal = value: value;
  traceValFn = f: value: value;
  traceSeq = shown: value: builtins.deepSeq shown value;
  traceSeqN = depth: shown: value: value;
  traceValSeq = traceValSeqFn (value: value);
  traceValSeqFn = f: value: builtins.deepSeq (f value) value;
  traceValSeqN = depth: value: value;
  traceValSeqNFn = f: depth: value: value;
  traceFnSeqN = depth: name: f: f;
  runTests =
    tests:
    let
      only = tests.tests or [ ];
      run =
        name: test:
        if (only == [ ] || builtins.elem name only) && (lib.hasPrefix "test" name || only != [ ]) && test.expr != test.expected then
          [
            {
              inherit name;
              inherit (test) expected;
              result = test.expr;
            }
          ]
        else
          [ ];
    in
    builtins.concatLists (lib.mapAttrsToList run (removeAttrs tests [ "tests" ]));
  testAllTrue = expr: {
    inherit expr;
    expected = map (_: true) expr;
  };
  throwTestFailures =
    {
      failures,
      description ? "tests",
      ...
    }:
    if failures == [ ] then null else throw "${toString (builtins.length failures)} ${description} failed";
}
