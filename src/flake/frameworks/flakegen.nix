# flakegen: flake.nix is written by a program from another file, which has the
# inputs as expressions. The outputs are those of that file.
{ lib }:
{
  __functor =
    _: file: inputs:
    (import file).outputs inputs;
}
