# Values of dconf, which know their type.
{ lib }:
let
  inherit (builtins) all elem head isBool isFloat isInt isList isString map;
  type = {
    arrayOf = t: "a${t}";
    maybeOf = t: "m${t}";
    tupleOf = ts: "(${lib.concatStrings ts})";
    dictionaryEntryOf = names: values: "{${names}${values}}";
    string = "s";
    boolean = "b";
    uchar = "y";
    int16 = "n";
    uint16 = "q";
    int32 = "i";
    uint32 = "u";
    int64 = "x";
    uint64 = "t";
    double = "d";
    variant = "v";
    objectpath = "o";
  };
  primitive = type: value: {
    _type = "gvariant";
    inherit type value;
    __toString = this: "@${this.type} ${toString this.value}";
  };
  checkedInt = name: type: value: if isInt value then primitive type value else throw "${name} takes an integer";
  quoted = text: "'" + lib.escape [ "'" "\\" ] text + "'";
  join = lib.concatMapStringsSep "," toString;
  self = {
    inherit type;
    isGVariant = value: value._type or "" == "gvariant";
    intConstructors = map (name: {
      constructor = self.${name};
      inherit name;
    }) [ "mkInt32" "mkUint32" "mkInt64" "mkUint64" "mkInt16" "mkUint16" "mkUchar" ];
    mkValue =
      value:
      if isBool value then
        self.mkBoolean value
      else if isFloat value then
        self.mkDouble value
      else if isString value then
        self.mkString value
      else if isList value then
        self.mkArray value
      else if self.isGVariant value then
        value
      else if isInt value then
        throw "GVariant values of integers need a constructor, such as lib.gvariant.mkInt32"
      else
        throw "The GVariant type of a ${builtins.typeOf value} cannot be told";
    mkArray =
      elements:
      let
        values = map self.mkValue elements;
        first = (head values).type;
      in
      if values == [ ] then
        throw "Please create empty array with mkEmptyArray."
      else if all (value: value.type == first) values then
        primitive (type.arrayOf first) values // { __toString = this: "@${this.type} [${join this.value}]"; }
      else
        throw "Elements in a list should have same type.";
    mkEmptyArray = element: primitive (type.arrayOf element) [ ] // { __toString = this: "@${this.type} []"; };
    mkVariant =
      element:
      let
        value = self.mkValue element;
      in
      primitive type.variant value // { __toString = this: "<${toString this.value}>"; };
    mkDictionaryEntry =
      name: element:
      let
        key = self.mkValue name;
        value = self.mkValue element;
      in
      primitive (type.dictionaryEntryOf key.type value.type) { inherit name value; }
      // { __toString = this: "@${this.type} {${toString key},${toString value}}"; };
    mkMaybe =
      element: value:
      primitive (type.maybeOf element) value
      // { __toString = this: if value == null then "@${this.type} nothing" else "just ${toString this.value}"; };
    mkNothing = element: self.mkMaybe element null;
    mkJust =
      element:
      let
        value = self.mkValue element;
      in
      self.mkMaybe value.type value;
    mkTuple =
      elements:
      let
        values = map self.mkValue elements;
      in
      primitive (type.tupleOf (map (value: value.type) values)) values
      // { __toString = this: "@${this.type} (${join this.value})"; };
    mkBoolean = value: primitive type.boolean value // { __toString = this: lib.boolToString this.value; };
    mkString = value: primitive type.string value // { __toString = this: builtins.replaceStrings [ "\n" ] [ "\\n" ] (quoted this.value); };
    mkObjectpath =
      value:
      primitive type.string value // { __toString = this: "objectpath '${lib.escape [ "'" ] this.value}'"; };
    mkDouble = value: primitive type.double value // { __toString = this: toString this.value; };
    mkUchar = checkedInt "mkUchar" type.uchar;
    mkInt16 = checkedInt "mkInt16" type.int16;
    mkUint16 = checkedInt "mkUint16" type.uint16;
    mkInt32 = value: checkedInt "mkInt32" type.int32 value // { __toString = this: toString this.value; };
    mkUint32 = checkedInt "mkUint32" type.uint32;
    mkInt64 = checkedInt "mkInt64" type.int64;
    mkUint64 = checkedInt "mkUint64" type.uint64;
  };
in
self
