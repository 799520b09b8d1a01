# `lib` as a fixed point, so that `lib.extend` reaches every function in it.
let
  # What a newer or older nixpkgs has besides is not known, and no error.
  open = path: __openAttrs ([ "lib" ] ++ path);

  assemble =
    self:
    let
      load = name: file: open [ name ] (import file { lib = self; });
    in
    {
      trivial = load "trivial" ./trivial.nix;
      fixedPoints = load "fixedPoints" ./fixed-points.nix;
      attrsets = load "attrsets" ./attrsets.nix;
      lists = load "lists" ./lists.nix;
      strings = load "strings" ./strings.nix;
      stringsWithDeps = load "stringsWithDeps" ./strings-with-deps.nix;
      customisation = load "customisation" ./customisation.nix;
      derivations = load "derivations" ./derivations.nix;
      meta = load "meta" ./meta.nix;
      versions = load "versions" ./versions.nix;
      modules = load "modules" ./modules.nix;
      options = load "options" ./options.nix;
      types = load "types" ./types.nix;
      licenses = load "licenses" ./licenses.nix;
      sourceTypes = load "sourceTypes" ./source-types.nix;
      systems = load "systems" ./systems.nix;
      cli = load "cli" ./cli.nix;
      gvariant = load "gvariant" ./gvariant.nix;
      generators = load "generators" ./generators.nix;
      asserts = load "asserts" ./asserts.nix;
      debug = load "debug" ./debug.nix;
      misc = load "misc" ./misc.nix;
      fetchers = load "fetchers" ./fetchers.nix;
      path = load "path" ./path.nix;
      filesystem = load "filesystem" ./filesystem.nix;
      fileset = load "fileset" ./fileset.nix;
      sources = load "sources" ./sources.nix;
      kernel = load "kernel" ./kernel.nix;
      network = load "network" ./network.nix;
      flakes = load "flakes" ./flakes.nix;

      # People and teams come and go with every release; which there are is no question of ours.
      maintainers = open [ "maintainers" ] { };
      teams = open [ "teams" ] { };
      platforms = self.systems.doubles;
    }
    // import ./exports.nix self;

  extensible =
    extension:
    let
      self = extension self // {
        extend = overlay: self.makeExtensible (self.extends overlay extension);
      };
    in
    self;
in
extensible (self: open [ ] (assemble self))
