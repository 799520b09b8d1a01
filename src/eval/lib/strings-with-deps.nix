# Pieces of text with an order between them, as activation scripts are.
{ lib }:
rec {
  textClosureList =
    predefined: names:
    let
      add =
        state: name:
        if state.done ? ${name} then
          state
        else
          let
            entry = predefined.${name};
            start = state // { done = state.done // { ${name} = true; }; };
            below = builtins.foldl' add start entry.deps;
          in
          # A string stands for the entry of that name.
          if builtins.isAttrs entry then
            {
              inherit (below) done;
              result = below.result ++ [ entry.text ];
            }
          else
            add start entry;
    in
    (builtins.foldl' add {
      done = { };
      result = [ ];
    } names).result;
  textClosureMap = f: predefined: names: lib.concatStringsSep "\n" (map f (textClosureList predefined names));
  noDepEntry = text: {
    inherit text;
    deps = [ ];
  };
  fullDepEntry = text: deps: { inherit text deps; };
  packEntry = deps: {
    inherit deps;
    text = "";
  };
  stringAfter = deps: text: { inherit text deps; };
}
