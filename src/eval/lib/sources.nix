# Sources: folders, less what a filter leaves out.
{ lib }:
let
  inherit (builtins) any elem isString match;
  isSource = src: src ? _isLibCleanSourceWith;
  base = src: if isSource src then src.origSrc else src;
  make =
    {
      origSrc,
      filter,
      name,
    }:
    {
      _isLibCleanSourceWith = true;
      inherit origSrc filter name;
      outPath = builtins.path {
        inherit filter name;
        path = origSrc;
      };
    };
  last = lib.last;
  self = {
    inherit (builtins) filterSource;
    cleanSourceFilter =
      path: type:
      let
        name = baseNameOf path;
        versionControl = name == ".git" || (type == "directory" && elem name [ ".svn" "CVS" ".hg" ".jj" ".pijul" "_darcs" ]);
        swap = match "\\.sw[a-z]" name != null || match "\\..*\\.sw[a-z]" name != null;
        built = any (suffix: lib.hasSuffix suffix name) [ "~" ".o" ".so" ] || (type == "symlink" && lib.hasPrefix "result" name);
      in
      !(versionControl || swap || built || type == "unknown");
    cleanSource = src: self.cleanSourceWith { inherit src; filter = self.cleanSourceFilter; };
    cleanSourceWith =
      {
        src,
        filter ? (_: _: true),
        name ? null,
      }:
      make {
        origSrc = base src;
        filter = path: type: filter path type && (!isSource src || src.filter path type);
        name = if name != null then name else if isSource src then src.name else "source";
      };
    trace = src: make {
      origSrc = base src;
      filter = if isSource src then src.filter else (_: _: true);
      name = if isSource src then src.name else "source";
    };
    sourceByRegex =
      src: patterns:
      let
        inside = path: lib.removePrefix (toString (base src) + "/") (toString path);
      in
      self.cleanSourceWith {
        inherit src;
        filter = path: _: any (pattern: match pattern (inside path) != null) patterns;
      };
    sourceFilesBySuffices =
      src: suffixes:
      self.cleanSourceWith {
        inherit src;
        filter = path: type: type == "directory" || any (suffix: lib.hasSuffix suffix (baseNameOf path)) suffixes;
      };
    sourceByGlobs =
      src: globs:
      let
        regex =
          segment:
          lib.concatMapStrings (part: if isString part then lib.escapeRegex part else "[^/]*") (builtins.split "\\*+" segment);
        fits =
          glob: path: type:
          if path == [ ] then
            glob == [ ] || type == "directory" || type == "symlink"
          else if glob == [ ] then
            false
          else if builtins.head glob == "**" then
            lib.length glob == 1
            || (
              if match (regex (builtins.elemAt glob 1)) (builtins.head path) != null then
                fits (builtins.tail glob) path type
              else
                fits glob (builtins.tail path) type
            )
          else
            match (regex (builtins.head glob)) (builtins.head path) != null
            && fits (builtins.tail glob) (builtins.tail path) type;
        parts = lib.splitString "/";
      in
      self.cleanSourceWith {
        inherit src;
        filter =
          name: type:
          any (glob: fits (parts glob) (parts (lib.removePrefix "${toString src}/" name)) type) globs;
      };
    # The state of a repository is no part of a flake's source.
    pathIsGitRepo = path: false;
    commitIdFromGitRepo = path: throw "Not a .git directory: ${toString path}";
    pathHasContext = builtins.hasContext;
    canCleanSource = src: isSource src || !(builtins.hasContext (toString src));
    urlToName =
      url:
      let
        name = baseNameOf (lib.removeSuffix "/" (last (lib.splitString ":" (toString url))));
        strip =
          text:
          let
            shorter = match "(.*)\\.(git|tar|zip|gz|tgz|bz|tbz|bz2|tbz2|lzma|txz|xz|zstd)" text;
          in
          if shorter == null then text else strip (builtins.head shorter);
      in
      strip name;
    shortRev =
      rev:
      let
        name = baseNameOf (toString rev);
        version = match "([A-Za-z]+[-_. ]?)*(v)?([0-9.]+.*)" name;
      in
      if match "[a-f0-9]+" name != null then
        builtins.substring 0 7 name
      else if version != null then
        last version
      else
        name;
    revOrTag = rev: tag: if tag != null then tag else if rev != null then rev else "HEAD";
    repoRevToName =
      kind:
      let
        full =
          repo: rev: suffix:
          "${self.urlToName repo}${lib.optionalString (rev != null) "-${self.shortRev rev}"}${lib.optionalString (suffix != null) "-${suffix}"}-source";
      in
      {
        source =
          _: _: _:
          "source";
        versioned =
          repo: rev: _:
          full repo rev null;
        inherit full;
      }
      .${kind} or (throw "repoRevToName: invalid kind");
  };
in
self
