# Addresses.
{ lib }:
let
  inherit (builtins) elemAt filter head length map;
  invalid = text: why: throw "${text} is not a valid IPv6 address: ${why}";
  groups =
    text:
    let
      halves = lib.splitString "::" text;
      part = half: filter (group: group != "") (lib.splitString ":" half);
      left = part (head halves);
      right = if length halves == 2 then part (elemAt halves 1) else [ ];
      missing = 8 - length left - length right;
      hex =
        group:
        if builtins.match "[0-9A-Fa-f]{1,4}" group == null then
          invalid text "${group} is no group"
        else
          lib.toLower (lib.toHexString (lib.fromHexString group));
    in
    if length halves > 2 || (length halves == 2 && missing < 1) || (length halves == 1 && missing != 0) then
      invalid text "it has the wrong number of groups"
    else
      map hex (left ++ builtins.genList (_: "0") missing ++ right);
in
{
  ipv6 = __openAttrs [ "lib" "network" "ipv6" ] {
    fromString =
      text:
      let
        parts = lib.splitString "/" text;
        prefixLength = if length parts == 2 then lib.toInt (elemAt parts 1) else 128;
      in
      if length parts > 2 || prefixLength < 0 || prefixLength > 128 then
        invalid text "its prefix"
      else
        {
          address = lib.concatStringsSep ":" (groups (head parts));
          inherit prefixLength;
        };
    mkEUI64Suffix =
      mac:
      let
        bytes = map (byte: lib.fromHexString byte) (lib.splitString ":" mac);
        # The bit that says whether an address is local is turned over.
        first = builtins.bitXor (head bytes) 2;
        all = [ first ] ++ lib.sublist 1 2 bytes ++ [ 255 254 ] ++ lib.drop 3 bytes;
        group = at: lib.toLower (lib.toHexString (elemAt all at * 256 + elemAt all (at + 1)));
      in
      lib.concatMapStringsSep ":" group [ 0 2 4 6 ];
  };
}
