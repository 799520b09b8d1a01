# nixos-generators: a host of its own that is built into one image.
{ lib }:
{
  nixosGenerate =
    {
      pkgs ? null,
      system ? null,
      format,
      modules ? [ ],
      specialArgs ? { },
      ...
    }:
    let
      image = __nixosSystem {
        inherit pkgs system specialArgs;
        modules = modules ++ [ (__openInput [ "nixos-generators" "nixosModules" ] { }).${format} ];
      };
    in
    image.config.system.build.image;
}
