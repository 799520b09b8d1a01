# Settings of the Linux kernel.
{ lib }:
let
  answer = tristate: { inherit tristate; };
in
{
  option = value: value // { optional = true; };
  yes = answer "y" // { optional = false; };
  no = answer "n" // { optional = false; };
  module = answer "m" // { optional = false; };
  unset = answer null // { optional = false; };
  freeform = value: {
    freeform = value;
    optional = false;
  };
  whenHelpers =
    version:
    let
      when = condition: value: if condition then value else { tristate = null; optional = true; };
    in
    {
      whenAtLeast = least: when (lib.versionAtLeast version least);
      whenOlder = bound: when (lib.versionOlder version bound);
      whenBetween = low: high: when (lib.versionAtLeast version low && lib.versionOlder version high);
    };
}
