# The corpus as Nix derivations: one per Debian package of the lock, a "system" per generation, and the hard cases.
#
#   all   one root whose closure is the whole corpus
#   sys   one root per generation
#   x     paths that not every Nix accepts, outside `all`
{ lock, debs }:
let
  entries = builtins.fromJSON (builtins.readFile lock);
  generations = builtins.attrNames (builtins.groupBy (e: e.generation) entries);
  key = generation: name: "${generation}:${name}";

  build = script: attributes: derivation ({
    system = "x86_64-linux";
    builder = "/bin/bash";
    args = [ script ];
  } // attributes);

  package = e: build ./build-package.sh {
    name = "${e.name}-${e.storeVersion}";
    outputs = [ "out" "doc" ];
    pname = e.name;
    version = e.storeVersion;
    generation = e.generation;
    deps = map (d: p.${key e.generation d}) e.dependencies;
    deb = builtins.path {
      path = debs + "/" + e.deb;
      name = "${e.name}.deb";
      recursive = false;
      inherit (e) sha256;
    };
  };

  system = generation: build ./build-system.sh {
    name = "system-${generation}";
    packages = builtins.concatMap (e: let d = p.${key generation e.name}; in [ d.out d.doc ])
      (builtins.filter (e: e.generation == generation) entries);
  };

  hard = kind: attributes: build ./build-hard.sh ({ name = "hard-${kind}"; inherit kind; } // attributes);

  dash = p.${key (builtins.elemAt generations (builtins.length generations - 1)) "dash"};
  p = builtins.listToAttrs (map (e: { name = key e.generation e.name; value = package e; }) entries);
  sys = builtins.listToAttrs (map (g: { name = g; value = system g; }) generations);

  sentence = "a single regular file\n";
  fixed = algorithm: hard "regular" {
    name = "hard-fixed-${algorithm}";
    outputHashMode = "flat";
    outputHashAlgo = algorithm;
    outputHash = builtins.hashString algorithm sentence;
  };
  shifted = pad: hard "shifted" { name = "hard-shift${toString (builtins.stringLength pad)}"; inherit pad; };

  h = {
    files = hard "files" { dep = dash; };
    exec = hard "exec" { dep = dash; };
    linkdep = hard "linkdep" { dep = dash; };
    shift0 = shifted "";
    shift1 = shifted "x";
    longname = hard "regular" { name = builtins.concatStringsSep "" (builtins.genList (_: "n") 207); }; # longest for a .drv
    oddname = hard "regular" { name = "a+b-_?=x.y"; };
    manyrefs = hard "manyrefs" { deps = map (d: d.out) (builtins.attrValues p); };
    fixedsha256 = fixed "sha256";
    fixedsha1 = fixed "sha1";
  } // builtins.listToAttrs (map (kind: { name = kind; value = hard kind { }; })
    [ "bytes" "regular" "link" "emptydir" "emptyfile" "zeros" "random" "text" ]);

  # Nix 2.34 refuses 63 or more directory levels below the root, 2.26 and older accept any.
  x = builtins.listToAttrs (map (depth: {
    name = "deep${toString depth}";
    value = hard "deep" { name = "hard-deep${toString depth}"; inherit depth; };
  }) [ 62 63 200 ]);

  texts = [ (builtins.toFile "hard-text-norefs" "plain\n") (builtins.toFile "hard-text-empty" "") ];

  all = build ./build-system.sh {
    name = "corpus-all";
    packages = builtins.attrValues sys ++ builtins.attrValues h ++ texts;
  };
in { inherit all sys h p x; }
