# Licenses: which there are changes with every release, what all of them share does not.
{ lib }:
let
  spdx = shortName: spdxId: fullName: {
    inherit shortName spdxId fullName;
    free = true;
    redistributable = true;
    deprecated = false;
    url = "https://spdx.org/licenses/${spdxId}.html";
  };
in
builtins.mapAttrs (name: license: __openAttrs [ "lib" "licenses" name ] license) {
  mit = spdx "mit" "MIT" "MIT License";
  asl20 = spdx "asl20" "Apache-2.0" "Apache License 2.0";
  isc = spdx "isc" "ISC" "ISC License";
  mpl20 = spdx "mpl20" "MPL-2.0" "Mozilla Public License 2.0";
  unlicense = spdx "unlicense" "Unlicense" "The Unlicense";
  unfree = {
    shortName = "unfree";
    deprecated = false;
    free = false;
    redistributable = false;
    fullName = "Unfree";
  };
}
