# Where a package's content comes from.
{ lib }:
let
  kind = isSource: shortName: {
    inherit isSource shortName;
  };
in
builtins.mapAttrs (shortName: kind: kind shortName) {
  fromSource = kind true;
  binaryNativeCode = kind false;
  binaryBytecode = kind false;
  binaryFirmware = kind false;
  obfuscatedCode = kind false;
}
