# Functions that are given their own result.
{ lib }:
rec {
  fix =
    f:
    let
      self = f self;
    in
    self;

  fix' =
    f:
    let
      self = f self // {
        __unfix__ = f;
      };
    in
    self;

  converge =
    f: x:
    let
      next = f x;
    in
    if next == x then x else converge f next;

  extends =
    overlay: f: final:
    let
      prev = f final;
    in
    prev // overlay final prev;

  composeExtensions =
    first: second: final: prev:
    let
      changed = first final prev;
    in
    changed // second final (prev // changed);

  composeManyExtensions = lib.foldr composeExtensions (final: prev: { });

  makeExtensible = makeExtensibleWithCustomName "extend";

  makeExtensibleWithCustomName =
    name: f:
    fix' (
      self:
      f self
      // {
        ${name} = overlay: makeExtensibleWithCustomName name (extends overlay f);
      }
    );

  toExtension =
    f:
    if !lib.isFunction f then
      final: prev: f
    else
      final: prev:
      let
        given = f prev;
      in
      # One argument is the set before, two are an overlay.
      if lib.isFunction given then f final prev else given;
}
