# Lists.
{ lib }:
let
  inherit (builtins)
    concatLists concatMap elem elemAt filter genList head isList length map partition tail;
in
rec {
  inherit (builtins)
    all any concatLists concatMap elem elemAt filter genList groupBy head isList length map partition sort tail;

  singleton = value: [ value ];
  forEach = list: f: map f list;

  foldr =
    f: start: list:
    let
      count = length list;
      go = at: if at == count then start else f (elemAt list at) (go (at + 1));
    in
    go 0;
  fold = foldr;
  # Other than the builtin it also evaluates what it starts with.
  foldl' =
    f: start: list:
    builtins.seq start (builtins.foldl' f start list);
  # Lazy in the accumulator, other than foldl'.
  foldl =
    f: start: list:
    let
      go = at: if at < 0 then start else f (go (at - 1)) (elemAt list at);
    in
    go (length list - 1);

  imap0 = f: list: genList (at: f at (elemAt list at)) (length list);
  imap1 = f: list: genList (at: f (at + 1) (elemAt list at)) (length list);
  ifilter0 =
    predicate: list: map (elemAt list) (filter (at: predicate at (elemAt list at)) (genList (at: at) (length list)));
  concatAttrValues = set: concatLists (builtins.attrValues set);

  flatten = __flatten;
  remove = value: filter (other: other != value);

  findSingle =
    predicate: default: multiple: list:
    let
      found = filter predicate list;
    in
    if found == [ ] then
      default
    else if length found > 1 then
      multiple
    else
      head found;
  findFirstIndex =
    predicate: default: list:
    let
      count = length list;
      go =
        at:
        if at == count then
          default
        else if predicate (elemAt list at) then
          at
        else
          go (at + 1);
    in
    go 0;
  findFirst =
    predicate: default: list:
    let
      at = findFirstIndex predicate null list;
    in
    if at == null then default else elemAt list at;

  count = predicate: foldl' (n: value: if predicate value then n + 1 else n) 0;
  optional = condition: value: if condition then [ value ] else [ ];
  optionals = condition: list: if condition then list else [ ];
  toList = value: if isList value then value else [ value ];
  range = first: last: if first > last then [ ] else genList (n: first + n) (last - first + 1);
  replicate = n: value: genList (_: value) n;
  groupBy' = f: start: key: list: builtins.mapAttrs (_: foldl' f start) (builtins.groupBy key list);

  zipListsWith = f: a: b: genList (at: f (elemAt a at) (elemAt b at)) (lib.min (length a) (length b));
  zipLists = zipListsWith (fst: snd: { inherit fst snd; });
  reverseList =
    list:
    let
      count = length list;
    in
    genList (at: elemAt list (count - at - 1)) count;

  listDfs =
    stopOnCycles: before: list:
    let
      visit =
        us: visited: rest:
        let
          below = partition (x: before x us) visited;
          next = partition (x: before x us) rest;
        in
        if stopOnCycles && below.right != [ ] then
          {
            cycle = us;
            loops = below.right;
            inherit visited rest;
          }
        else if next.right == [ ] then
          {
            minimal = us;
            inherit visited rest;
          }
        else
          visit (head next.right) ([ us ] ++ visited) (tail next.right ++ next.wrong);
    in
    visit (head list) [ ] (tail list);

  toposort =
    before: list:
    let
      walk = listDfs true before list;
      sorted = toposort before (walk.visited ++ walk.rest);
    in
    if length list < 2 then
      { result = list; }
    else if walk ? cycle then
      {
        cycle = reverseList ([ walk.cycle ] ++ walk.visited);
        inherit (walk) loops;
      }
    else if sorted ? cycle then
      sorted
    else
      { result = [ walk.minimal ] ++ sorted.result; };

  sortOn =
    key: list:
    map (pair: elemAt pair 1) (
      builtins.sort (a: b: head a < head b) (
        map (value: [
          (key value)
          value
        ]) list
      )
    );
  compareLists =
    compare: a: b:
    if a == [ ] then
      (if b == [ ] then 0 else -1)
    else if b == [ ] then
      1
    else
      let
        order = compare (head a) (head b);
      in
      if order == 0 then compareLists compare (tail a) (tail b) else order;
  naturalSort =
    list:
    let
      key = text: map (part: if isList part then lib.toInt (head part) else part) (builtins.split "(0|[1-9][0-9]*)" text);
      prepared = map (value: [
        (key value)
        value
      ]) list;
      # A number stands before or after text by its place: both keys start with text.
      less = a: b: compareLists lib.compare (head a) (head b) < 0;
    in
    map (pair: elemAt pair 1) (builtins.sort less prepared);

  take = n: list: sublist 0 n list;
  takeEnd = n: list: drop (lib.max 0 (length list - n)) list;
  drop = n: list: sublist n (length list) list;
  dropEnd = n: list: take (lib.max 0 (length list - n)) list;
  sublist =
    start: n: list:
    let
      count = length list;
    in
    genList (at: elemAt list (at + start)) (
      if start >= count then
        0
      else if start + n > count then
        count - start
      else
        n
    );
  hasPrefix = prefix: list: take (length prefix) list == prefix;
  removePrefix =
    prefix: list:
    if hasPrefix prefix list then
      drop (length prefix) list
    else
      throw "lists.removePrefix: the first list is no prefix of the second";
  commonPrefix =
    a: b:
    let
      most = lib.min (length a) (length b);
      differs = lib.findFirst (at: elemAt a at != elemAt b at) most (genList (at: at) most);
    in
    take differs a;

  last = list: assert lib.assertMsg (list != [ ]) "lists.last: the list is empty"; elemAt list (length list - 1);
  init = list: assert lib.assertMsg (list != [ ]) "lists.init: the list is empty"; take (length list - 1) list;
  crossLists = f: foldl' (fs: args: concatMap (f: map f args) fs) [ f ];

  unique = __unique;
  uniqueStrings = list: builtins.attrNames (builtins.groupBy (text: text) list);
  allUnique = list: length (unique list) == length list;
  intersectLists = a: filter (value: elem value a);
  subtractLists = a: filter (value: !elem value a);
  mutuallyExclusive = a: b: length a == 0 || !(builtins.any (value: elem value a) b);

  replaceElemAt =
    list: at: value:
    if at >= 0 && at < length list then
      genList (n: if n == at then value else elemAt list n) (length list)
    else
      throw "lists.replaceElemAt: index ${toString at} is outside of a list of ${toString (length list)} elements";
}
