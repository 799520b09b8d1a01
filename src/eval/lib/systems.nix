# Systems: `x86_64-linux` and what follows from it.
{ lib }:
let
  inherit (builtins) attrNames elem elemAt filter head length map mapAttrs match;

  # By family: names with the width in bits. Those with other than little-endian order are listed after.
  cpuFamilies = {
    arm = {
      arm = 32;
      armv5tel = 32;
      armv6m = 32;
      armv6l = 32;
      armv7a = 32;
      armv7r = 32;
      armv7m = 32;
      armv7l = 32;
      armv8a = 32;
      armv8r = 32;
      armv8m = 32;
      aarch64 = 64;
      aarch64_be = 64;
    };
    x86 = {
      i386 = 32;
      i486 = 32;
      i586 = 32;
      i686 = 32;
      x86_64 = 64;
    };
    microblaze = {
      microblaze = 32;
      microblazeel = 32;
    };
    mips = {
      mips = 32;
      mipsel = 32;
      mips64 = 64;
      mips64el = 64;
    };
    power = {
      powerpc = 32;
      powerpcle = 32;
      powerpc64 = 64;
      powerpc64le = 64;
    };
    riscv = {
      riscv32 = 32;
      riscv64 = 64;
    };
    s390 = {
      s390 = 32;
      s390x = 64;
    };
    sparc = {
      sparc = 32;
      sparc64 = 64;
    };
    wasm = {
      wasm32 = 32;
      wasm64 = 64;
    };
    mmix.mmix = 64;
    m68k.m68k = 32;
    sh.sh4 = 32;
    alpha.alpha = 64;
    rx.rx = 32;
    msp430.msp430 = 16;
    avr.avr = 8;
    vc4.vc4 = 32;
    or1k.or1k = 32;
    arc.arc = 32;
    loongarch.loongarch64 = 64;
    javascript.javascript = 32;
  };
  bigEndian = [
    "aarch64_be" "microblaze" "mips" "mips64" "mmix" "m68k" "powerpc" "powerpc64" "s390" "s390x" "sparc" "sparc64" "or1k"
  ];
  architectures = {
    armv5tel = "armv5t";
    armv6m = "armv6-m";
    armv6l = "armv6";
    armv7a = "armv7-a";
    armv7r = "armv7-r";
    armv7m = "armv7-m";
    armv7l = "armv7";
    armv8a = "armv8-a";
    armv8r = "armv8-a";
    armv8m = "armv8-m";
    aarch64 = "armv8-a";
    aarch64_be = "armv8-a";
    i386 = "i386";
    i486 = "i486";
    i586 = "i586";
    i686 = "i686";
    x86_64 = "x86-64";
  };
  cpus =
    let
      describe =
        family: name: bits:
        let
          version = match "armv([5-8]).*" (if lib.hasPrefix "aarch64" name then "armv8" else name);
        in
        {
          _type = "cpu-type";
          inherit name bits family;
        }
        // lib.optionalAttrs (name != "avr") {
          significantByte = {
            _type = "significant-byte";
            name = if elem name bigEndian then "bigEndian" else "littleEndian";
          };
        }
        // lib.optionalAttrs (architectures ? ${name}) { arch = architectures.${name}; }
        // lib.optionalAttrs (version != null) { version = head version; };
    in
    lib.concatMapAttrs (family: mapAttrs (describe family)) cpuFamilies;

  formats = {
    macho = [ "darwin" "ios" ];
    pe = [ "windows" "cygwin" "uefi" ];
    wasm = [ "wasi" ];
    unknown = [ "none" "ghcjs" "mmixware" ];
  };
  tagged = type: name: { _type = type; inherit name; };
  kernels =
    lib.genAttrs [
      "darwin" "ios" "freebsd" "linux" "netbsd" "none" "openbsd" "solaris" "wasi" "redox" "windows" "cygwin" "ghcjs" "genode"
      "mmixware" "uefi"
    ] (
      name:
      tagged "kernel" name
      // {
        execFormat = tagged "exec-format" (lib.findFirst (format: elem name formats.${format}) "elf" (attrNames formats));
        families =
          if elem name [ "darwin" "ios" ] then
            { darwin = tagged "exec-format" "darwin"; }
          else if elem name [ "freebsd" "netbsd" "openbsd" ] then
            { bsd = tagged "exec-format" "bsd"; }
          else
            { };
      }
    )
    // {
      macos = kernels.darwin;
      win32 = kernels.windows;
    };
  abiFacts =
    name:
    lib.optionalAttrs (match ".*eabi(hf)?" name != null) {
      eabi = true;
    }
    // lib.optionalAttrs (match ".*eabi(hf)?" name != null && name != "androideabi") {
      float = if lib.hasSuffix "hf" name then "hard" else "soft";
    };
  abiNames = [
    "msvc" "eabi" "eabihf" "elf" "androideabi" "android" "gnueabi" "gnueabihf" "gnu" "gnuabi64" "muslabi64" "gnuabin32"
    "muslabin32" "gnuabielfv2" "gnuabielfv1" "musleabi" "musleabihf" "musl" "uclibceabi" "uclibceabihf" "uclibc" "unknown"
  ];
  abis = lib.genAttrs abiNames (name: __openAttrs [ "lib" "systems" "parse" "abis" name ] (tagged "abi" name // abiFacts name));
  vendors = [ "apple" "pc" "knuth" "w64" "none" "unknown" ];

  parse =
    text:
    let
      parts = lib.splitString "-" text;
      n = length parts;
      second = elemAt parts 1;
      third = elemAt parts 2;
      guess =
        if n == 2 then
          { kernel = second; }
        else if n == 3 && second == "linux" then
          { kernel = second; abi = third; }
        else if n == 3 && (second == "apple" || elem third [ "redox" "mmixware" "ghcjs" "uefi" "cygwin" ] || match "(free|net|open)bsd.*|genode.*" third != null) then
          { vendor = second; kernel = third; }
        else if n == 4 then
          { vendor = second; kernel = third; abi = elemAt parts 3; }
        else
          throw "system string '${text}' is ambiguous";
      cpu = cpus.${if head parts == "arm64" then "aarch64" else head parts} or (throw "Unknown CPU type: ${head parts}");
      kernelName = if lib.hasPrefix "darwin" guess.kernel then "darwin" else guess.kernel;
      kernel = kernels.${kernelName} or (throw "Unknown kernel: ${guess.kernel}");
      defaultAbi =
        if kernel.name == "windows" then
          if n == 2 then "msvc" else "gnu"
        else if kernel.name != "linux" then
          "unknown"
        else if cpu.family == "arm" && cpu.bits == 32 then
          if lib.versionAtLeast (cpu.version or "0") "6" then "gnueabihf" else "gnueabi"
        else if cpu.name == "powerpc64" then
          "gnuabielfv1"
        else
          "gnu";
      defaultVendor =
        if kernel.families ? darwin then
          "apple"
        else if elem kernel.name [ "windows" "cygwin" ] then
          "pc"
        else
          "unknown";
      vendor = guess.vendor or defaultVendor;
    in
    {
      _type = "system";
      inherit cpu kernel;
      vendor = if elem vendor vendors then tagged "vendor" vendor else throw "Unknown vendor: ${vendor}";
      abi = abis.${guess.abi or defaultAbi} or (throw "Unknown ABI: ${guess.abi}");
    };

  predicates =
    { cpu, kernel, abi, ... }:
    let
      family = name: cpu.family == name;
      wide = cpu.bits == 64;
      narrow = cpu.bits == 32;
      runs = name: kernel.name == name;
      format = name: kernel.execFormat.name == name;
      big = cpu.significantByte.name or "" == "bigEndian";
      darwin = kernel.families ? darwin;
      bsd = kernel.families ? bsd;
      named = pattern: match pattern abi.name != null;
    in
    {
      isi686 = cpu.name == "i686";
      isx86 = family "x86";
      isx86_32 = family "x86" && narrow;
      isx86_64 = family "x86" && wide;
      isAarch = family "arm";
      isAarch32 = family "arm" && narrow;
      isAarch64 = family "arm" && wide;
      isArmv7 = lib.hasPrefix "armv7" (cpu.arch or "");
      isPower = family "power";
      isPower64 = family "power" && wide;
      isAbiElfv1 = abi.name == "gnuabielfv1";
      isAbiElfv2 = abi.name == "gnuabielfv2" || (abi.name == "musl" && family "power" && wide);
      isMicroBlaze = family "microblaze";
      isMips = family "mips";
      isMips32 = family "mips" && narrow;
      isMips64 = family "mips" && wide;
      isMips64n32 = family "mips" && wide && named ".*abin32";
      isMips64n64 = family "mips" && wide && named ".*abi64";
      isMmix = family "mmix";
      isRiscV = family "riscv";
      isRiscV32 = family "riscv" && narrow;
      isRiscV64 = family "riscv" && wide;
      isRx = family "rx";
      isSparc = family "sparc";
      isSparc64 = family "sparc" && wide;
      isWasm = family "wasm";
      isMsp430 = family "msp430";
      isVc4 = family "vc4";
      isAvr = family "avr";
      isAlpha = family "alpha";
      isOr1k = family "or1k";
      isM68k = family "m68k";
      isArc = family "arc";
      isSh4 = family "sh";
      isS390 = family "s390";
      isS390x = family "s390" && wide;
      isLoongArch64 = family "loongarch" && wide;
      isJavaScript = family "javascript";
      is32bit = narrow;
      is64bit = wide;
      isILP32 = (family "wasm" && narrow) || named ".*abin32";
      isBigEndian = big;
      isLittleEndian = !big && cpu ? significantByte;
      isBSD = bsd;
      isDarwin = darwin;
      isUnix = bsd || darwin || elem kernel.name [ "linux" "solaris" "cygwin" "redox" ];
      isMacOS = runs "darwin";
      isiOS = runs "ios";
      isLinux = runs "linux";
      isSunOS = runs "solaris";
      isFreeBSD = runs "freebsd";
      isNetBSD = runs "netbsd";
      isOpenBSD = runs "openbsd";
      isWindows = runs "windows";
      isCygwin = runs "cygwin";
      isMinGW = runs "windows" && named "gnu";
      isMsvc = runs "windows" && named "msvc";
      isWasi = runs "wasi";
      isRedox = runs "redox";
      isGhcjs = runs "ghcjs";
      isGenode = runs "genode";
      isUefi = runs "uefi";
      isNone = runs "none";
      isAndroid = named "android(eabi)?";
      isGnu = runs "linux" && named "gnu.*";
      isMusl = named "musl.*";
      isUClibc = named "uclibc.*";
      isEabi = abi.eabi or false;
      isEfi = (family "arm" && elem (cpu.version or "") [ "7" "8" ]) || family "riscv" || family "x86" || cpu.name == "loongarch64";
      isElf = format "elf";
      isMacho = format "macho";
      isPE = format "pe";
    };

  kernelOf = kernel: if kernel.families ? darwin then "darwin" else kernel.name;
  darwinArch = cpu: if cpu.name == "aarch64" then "arm64" else cpu.name;
  elaborate =
    given:
    let
      args = if builtins.isAttrs given then given else { system = given; };
      parsed = parse (args.config or args.system);
      is = predicates parsed;
      inherit (parsed) cpu kernel abi vendor;
      windows = is.isWindows || is.isCygwin;
      final = __openAttrs [ "lib" "systems" "elaborated" ] (
        is
        // {
          inherit parsed;
          system = "${cpu.name}-${kernelOf kernel}";
          config =
            (if is.isDarwin then darwinArch cpu else cpu.name)
            + "-${vendor.name}-${kernel.name}"
            + lib.optionalString (abi.name != "unknown") "-${abi.name}";
          libc =
            if is.isDarwin then
              "libSystem"
            else if is.isMusl then
              "musl"
            else if is.isAndroid then
              "bionic"
            else if is.isLinux && !is.isUClibc then
              "glibc"
            else
              { freebsd = "fblibc"; openbsd = "oblibc"; netbsd = "nblibc"; cygwin = "cygwin"; wasi = "wasilibc"; }.${kernel.name}
                or (__openValue [ "lib" "systems" "libc" ]);
          linker = if is.isFreeBSD || is.isOpenBSD then "lld" else if is.isDarwin then "cctools" else "bfd";
          useLLVM = is.isFreeBSD || is.isOpenBSD;
          darwinArch = darwinArch cpu;
          darwinPlatform = if is.isMacOS then "macos" else if is.isiOS then "ios" else null;
          linuxArch =
            if is.isAarch32 then
              "arm"
            else if is.isAarch64 then
              "arm64"
            else if is.isx86_32 then
              "i386"
            else if is.isRiscV then
              "riscv"
            else if is.isPower then
              "powerpc"
            else if is.isMips then
              "mips"
            else if is.isS390 then
              "s390"
            else if is.isLoongArch64 then
              "loongarch"
            else
              cpu.name;
          qemuArch =
            if is.isAarch32 then
              "arm"
            else if is.isAarch64 then
              "aarch64" + lib.optionalString is.isBigEndian "_be"
            else if is.isx86_64 then
              "x86_64"
            else if is.isx86 then
              "i386"
            else
              final.uname.processor;
          efiArch =
            if is.isx86_32 then
              "ia32"
            else if is.isx86_64 then
              "x64"
            else if is.isAarch32 then
              "arm"
            else if is.isAarch64 then
              "aa64"
            else
              cpu.name;
          uname = {
            system =
              {
                linux = "Linux";
                windows = "Windows";
                cygwin = "CYGWIN_NT";
                darwin = "Darwin";
                netbsd = "NetBSD";
                freebsd = "FreeBSD";
                openbsd = "OpenBSD";
                wasi = "Wasi";
                redox = "Redox";
                genode = "Genode";
              }
              .${kernel.name} or null;
            processor =
              if is.isPower then
                (if is.isPower64 then "ppc64" else "ppc") + lib.optionalString is.isLittleEndian "le"
              else if is.isMips64 then
                "mips64"
              else if is.isDarwin then
                darwinArch cpu
              else
                cpu.name;
            release = null;
          };
          isStatic = is.isWasi || is.isRedox;
          hasSharedLibraries =
            !final.isStatic
            && (
              is.isAndroid || is.isGnu || is.isMusl || is.isDarwin || is.isSunOS || is.isBSD || windows || is.isMinGW || is.isWasm
            );
          extensions = {
            staticLibrary = if is.isWindows then ".lib" else ".a";
            executable = if windows then ".exe" else "";
            library = if final.isStatic then final.extensions.staticLibrary else final.extensions.sharedLibrary;
          }
          // lib.optionalAttrs final.hasSharedLibraries {
            sharedLibrary = if is.isDarwin then ".dylib" else if windows then ".dll" else ".so";
          };
        }
        // removeAttrs args [ "parsed" "system" ]
      );
    in
    final;

  onKernel = kernel: map (cpu: "${cpu}-${kernel}");
  doubles =
    onKernel "cygwin" [ "i686" "x86_64" ]
    ++ onKernel "darwin" [ "x86_64" "aarch64" ]
    ++ onKernel "freebsd" [ "i686" "x86_64" "aarch64" ]
    ++ onKernel "genode" [ "aarch64" "i686" "x86_64" ]
    ++ onKernel "solaris" [ "x86_64" ]
    ++ onKernel "ghcjs" [ "javascript" ]
    ++ onKernel "linux" [
      "aarch64" "arc" "armv5tel" "armv6l" "armv7a" "armv7l" "i686" "loongarch64" "m68k" "sh4" "microblaze" "microblazeel"
      "mips" "mips64" "mips64el" "mipsel" "powerpc" "powerpc64" "powerpc64le" "riscv32" "riscv64" "s390" "s390x" "x86_64"
    ]
    ++ onKernel "mmixware" [ "mmix" ]
    ++ onKernel "netbsd" [
      "aarch64" "armv6l" "armv7a" "armv7l" "i686" "m68k" "mipsel" "powerpc" "riscv32" "riscv64" "x86_64"
    ]
    ++ onKernel "none" [
      "aarch64_be" "aarch64" "arm" "armv6l" "avr" "i686" "microblaze" "microblazeel" "mips" "mips64" "msp430" "or1k" "m68k"
      "powerpc" "powerpcle" "riscv32" "riscv64" "rx" "s390" "s390x" "vc4" "x86_64"
    ]
    ++ onKernel "openbsd" [ "i686" "x86_64" ]
    ++ onKernel "redox" [ "x86_64" ]
    ++ onKernel "wasi" [ "wasm64" "wasm32" ]
    ++ onKernel "windows" [ "aarch64" "x86_64" "i686" ]
    ++ onKernel "uefi" [ "aarch64" "x86_64" ];
  known = map (system: { inherit system; is = predicates (parse system); }) doubles;
  those = predicate: map (entry: entry.system) (filter (entry: entry.is.${predicate}) known);
  parsedSets = mapAttrs (_: those) {
    arm = "isAarch32";
    armv7 = "isArmv7";
    aarch = "isAarch";
    aarch64 = "isAarch64";
    x86 = "isx86";
    i686 = "isi686";
    x86_64 = "isx86_64";
    microblaze = "isMicroBlaze";
    mips = "isMips";
    mmix = "isMmix";
    power = "isPower";
    riscv = "isRiscV";
    riscv32 = "isRiscV32";
    riscv64 = "isRiscV64";
    rx = "isRx";
    vc4 = "isVc4";
    or1k = "isOr1k";
    m68k = "isM68k";
    arc = "isArc";
    sh4 = "isSh4";
    s390 = "isS390";
    s390x = "isS390x";
    loongarch64 = "isLoongArch64";
    js = "isJavaScript";
    bigEndian = "isBigEndian";
    littleEndian = "isLittleEndian";
    cygwin = "isCygwin";
    darwin = "isDarwin";
    freebsd = "isFreeBSD";
    illumos = "isSunOS";
    linux = "isLinux";
    netbsd = "isNetBSD";
    openbsd = "isOpenBSD";
    unix = "isUnix";
    wasi = "isWasi";
    redox = "isRedox";
    windows = "isWindows";
    genode = "isGenode";
    uefi = "isUefi";
    embedded = "isNone";
  };
in
{
  inherit elaborate;
  flakeExposed = [
    "x86_64-linux" "aarch64-linux" "x86_64-darwin" "armv6l-linux" "armv7l-linux" "i686-linux" "aarch64-darwin"
    "powerpc64le-linux" "riscv64-linux" "x86_64-freebsd"
  ];
  supported.hydra = [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" "i686-linux" ];
  # In former releases `equals` compared less; two systems of one name are equal in all of them.
  equals = a: b: a.system == b.system && a.config == b.config;
  systemToAttrs = given: if builtins.isAttrs given then given else { system = given; };
  functionNames = [ "canExecute" "emulator" "emulatorAvailable" "staticEmulatorAvailable" ];
  doubles = __openAttrs [ "lib" "systems" "doubles" ] (
    parsedSets
    // {
      all = doubles;
      none = [ ];
      gnu = filter (system: lib.hasSuffix "-linux" system) (those "isGnu");
    }
  );
  parse = __openAttrs [ "lib" "systems" "parse" ] {
    mkSystemFromString = parse;
    doubleFromSystem = parsed: "${parsed.cpu.name}-${kernelOf parsed.kernel}";
    inherit darwinArch kernels;
    cpuTypes = cpus;
  };
  inspect = __openAttrs [ "lib" "systems" "inspect" ] {
    predicates = mapAttrs (name: _: parsed: (predicates parsed).${name}) (predicates (parse "x86_64-linux"));
  };
  architectures = __openAttrs [ "lib" "systems" "architectures" ] { };
  examples = __openAttrs [ "lib" "systems" "examples" ] { };
  platforms = __openAttrs [ "lib" "systems" "platforms" ] { };
}
