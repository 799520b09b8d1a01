{ inputs, users }:
{
  useGlobalPkgs = true;
  useUserPackages = true;
  backupFileExtension = "bak";
  extraSpecialArgs = { inherit inputs; };
  inherit users;
}
