//! The git index: which files git tracks.
//!
//! Of the index only names and kinds matter here, so this reads just them:
//! versions 2 to 4, SHA-1 and SHA-256, split and sparse indexes, as
//! `Documentation/gitformat-index.adoc` of git describes them. A library for
//! all of git brings some forty crates for what is two hundred lines; and it
//! would not be more forgiving with an index that git is just writing.

use std::fmt;

/// What git tracks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GitIndex {
    /// As git has them, sorted by path; a file with conflicts is there once.
    pub entries: Vec<Entry>,
    /// The shared index that this one only adds to: its name in hexadecimal.
    pub base: Option<Base>,
}

/// A tracked file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Relative to the top of the repository, with `/`.
    pub path: String,
    pub kind: EntryKind,
}

/// What an entry of the index is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    File,
    Symlink,
    /// Another repository.
    Submodule,
    /// A folder outside of a sparse checkout; all in it is tracked, and not on disk.
    SparseFolder,
}

/// The shared part of a split index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// The file is named `sharedindex.` and this.
    pub hash: String,
    /// Positions in it that are gone.
    deleted: Vec<usize>,
}

/// Why an index could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexError(&'static str);

impl fmt::Display for IndexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the git index cannot be read: {}", self.0)
    }
}

impl std::error::Error for IndexError {}

type Result<T> = std::result::Result<T, IndexError>;

/// Bits of the mode that say the type (`S_IFMT`).
const TYPE_MASK: u32 = 0o170_000;

impl GitIndex {
    /// Reads an index, or the shared part of a split one.
    pub fn parse(bytes: &[u8]) -> Result<GitIndex> {
        // The index does not say which hash it has. With the wrong one, sizes do not add up.
        Reader::new(bytes, 20).index().or_else(|error| Reader::new(bytes, 32).index().map_err(|_| error))
    }

    /// The whole of a split index: this one over its shared part.
    #[must_use]
    pub fn over(mut self, shared: GitIndex) -> GitIndex {
        let Some(base) = self.base.take() else { return self };
        let kept = shared.entries.into_iter().enumerate().filter(|(at, _)| base.deleted.binary_search(at).is_err());
        self.entries.extend(kept.map(|(_, entry)| entry));
        self.entries.sort();
        self.entries.dedup_by(|a, b| a.path == b.path);
        self
    }
}

struct Reader<'a> {
    rest: &'a [u8],
    hash: usize,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8], hash: usize) -> Reader<'a> {
        Reader { rest: bytes, hash }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(IndexError("it ends too early"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn number(&mut self, bytes: usize) -> Result<u64> {
        Ok(self.take(bytes)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn u32(&mut self) -> Result<u32> {
        u32::try_from(self.number(4)?).map_err(|_| IndexError("a number is too large"))
    }

    fn index(mut self) -> Result<GitIndex> {
        if self.take(4)? != b"DIRC" {
            return Err(IndexError("it does not start with DIRC"));
        }
        let version = self.u32()?;
        if !(2..=4).contains(&version) {
            return Err(IndexError("its version is unknown"));
        }
        let count = self.u32()?;
        let mut entries: Vec<Entry> = Vec::new();
        let mut name: Vec<u8> = Vec::new();
        for _ in 0..count {
            let kind = self.entry(version, &mut name)?;
            // Names that are no UTF-8 cannot be named in Nix either. Those
            // without any stand for entries of the shared index with other content.
            let (Some(kind), Ok(path)) = (kind, std::str::from_utf8(&name)) else { continue };
            let path = path.trim_end_matches('/');
            if !path.is_empty() && entries.last().is_none_or(|last| last.path != path) {
                entries.push(Entry { path: path.to_string(), kind });
            }
        }
        let base = self.extensions()?;
        Ok(GitIndex { entries, base })
    }

    /// Reads an entry; `name` is that of the entry before, and then that of this one.
    fn entry(&mut self, version: u32, name: &mut Vec<u8>) -> Result<Option<EntryKind>> {
        let before = self.rest.len();
        self.take(24)?;
        let mode = self.u32()?;
        self.take(12 + self.hash)?;
        let flags = self.number(2)?;
        if version >= 3 && flags & 0x4000 != 0 {
            self.take(2)?;
        }
        if version == 4 {
            let strip = self.offset()?;
            let kept = name.len().checked_sub(strip).ok_or(IndexError("a name is shorter than nothing"))?;
            name.truncate(kept);
        } else {
            name.clear();
        }
        let length = self.rest.iter().position(|byte| *byte == 0).ok_or(IndexError("a name does not end"))?;
        name.extend_from_slice(self.take(length)?);
        if version == 4 {
            self.take(1)?;
        } else {
            // One to eight zeros, so that the entry is a multiple of eight bytes.
            let used = before - self.rest.len();
            self.take(8 - used % 8)?;
        }
        Ok(match mode & TYPE_MASK {
            0o100_000 => Some(EntryKind::File),
            0o120_000 => Some(EntryKind::Symlink),
            0o160_000 => Some(EntryKind::Submodule),
            0o040_000 => Some(EntryKind::SparseFolder),
            _ => None,
        })
    }

    /// The offset encoding of packs: seven bits a byte, each continuation adds one.
    fn offset(&mut self) -> Result<usize> {
        let mut value: usize = 0;
        loop {
            let byte = self.number(1)? as usize;
            value = value.checked_add(byte & 0x7f).ok_or(IndexError("a number is too large"))?;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
            value = value
                .checked_add(1)
                .and_then(|value| value.checked_mul(128))
                .ok_or(IndexError("a number is too large"))?;
        }
    }

    fn extensions(&mut self) -> Result<Option<Base>> {
        let mut base = None;
        while self.rest.len() > self.hash {
            let signature = self.take(4)?;
            let size = self.u32()? as usize;
            let content = self.take(size)?;
            match signature {
                b"link" => base = Reader::new(content, self.hash).link()?,
                // Extensions in lower case must be understood; of `sdir` there is nothing to know beyond the entries.
                b"sdir" => {}
                [first, ..] if first.is_ascii_uppercase() => {}
                _ => return Err(IndexError("it has an unknown extension")),
            }
        }
        if self.rest.len() != self.hash {
            return Err(IndexError("its checksum is missing"));
        }
        Ok(base)
    }

    fn link(mut self) -> Result<Option<Base>> {
        let hash = self.take(self.hash)?;
        if hash.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let hash = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        // The second bitmap says which entries have other content; their names stay.
        let deleted = if self.rest.is_empty() { Vec::new() } else { self.bitmap()? };
        Ok(Some(Base { hash, deleted }))
    }

    /// The set bits of an EWAH bitmap, ascending.
    fn bitmap(&mut self) -> Result<Vec<usize>> {
        let bits = self.u32()? as usize;
        let words = self.u32()? as usize;
        let mut content = Reader::new(self.take(words.saturating_mul(8))?, self.hash);
        self.take(4)?;
        // More bits than any repository has files are no bitmap, but a way to fill memory.
        if bits > 1 << 22 {
            return Err(IndexError("a bitmap is too large"));
        }
        let mut set = Vec::new();
        let mut at: usize = 0;
        while !content.rest.is_empty() {
            let marker = content.number(8)?;
            let run = usize::try_from(marker >> 1 & 0xffff_ffff).unwrap_or(usize::MAX).saturating_mul(64);
            let end = at.saturating_add(run);
            if marker & 1 == 1 {
                set.extend(at..end.min(bits));
            }
            at = end;
            for _ in 0..marker >> 33 {
                let word = content.number(8)?;
                set.extend((0..64).filter(|bit| word >> bit & 1 == 1).map(|bit| at.saturating_add(bit)));
                at = at.saturating_add(64);
            }
        }
        set.retain(|bit| *bit < bits);
        Ok(set)
    }
}

/// The bytes of an index that tracks these files, for tests.
#[cfg(test)]
pub(super) fn index_of(paths: &[(&str, u32)]) -> Vec<u8> {
    let mut paths = paths.to_vec();
    paths.sort_unstable();
    let entries: Vec<Vec<u8>> = paths.iter().map(|(path, mode)| tests::entry(2, *mode, path, None, 20)).collect();
    tests::index(2, &entries, b"", 20)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(super) fn entry(version: u32, mode: u32, name: &str, strip: Option<u8>, hash: usize) -> Vec<u8> {
        let mut out = vec![0; 24];
        out.extend(mode.to_be_bytes());
        out.extend(vec![1; 12 + hash]);
        out.extend((name.len() as u16).to_be_bytes());
        if version == 4 {
            out.push(strip.unwrap_or(0));
        }
        out.extend(name.bytes());
        out.push(0);
        if version != 4 {
            while !out.len().is_multiple_of(8) {
                out.push(0);
            }
        }
        out
    }

    pub(super) fn index(version: u32, entries: &[Vec<u8>], extensions: &[u8], hash: usize) -> Vec<u8> {
        let mut out = b"DIRC".to_vec();
        out.extend(version.to_be_bytes());
        out.extend((entries.len() as u32).to_be_bytes());
        out.extend(entries.concat());
        out.extend(extensions);
        out.extend(vec![7; hash]);
        out
    }

    fn paths(index: &GitIndex) -> Vec<&str> {
        index.entries.iter().map(|entry| entry.path.as_str()).collect()
    }

    #[test]
    fn versions_and_hashes() {
        for hash in [20, 32] {
            for version in [2, 3] {
                let entries = [
                    entry(version, 0o100_644, "a/b.nix", None, hash),
                    entry(version, 0o120_000, "link", None, hash),
                    entry(version, 0o160_000, "vendor/x", None, hash),
                ];
                let index = GitIndex::parse(&index(version, &entries, b"TREE\0\0\0\x02ab", hash)).unwrap();
                assert_eq!(paths(&index), ["a/b.nix", "link", "vendor/x"]);
                assert_eq!(index.entries[2].kind, EntryKind::Submodule);
            }
            let entries = [
                entry(4, 0o100_644, "hosts/a.nix", None, hash),
                entry(4, 0o100_644, "b.nix", Some(5), hash),
                entry(4, 0o040_000, "z/", Some(11), hash),
            ];
            let index = GitIndex::parse(&index(4, &entries, b"sdir\0\0\0\0", hash)).unwrap();
            assert_eq!(paths(&index), ["hosts/a.nix", "hosts/b.nix", "z"]);
            assert_eq!(index.entries[2].kind, EntryKind::SparseFolder);
        }
    }

    #[test]
    fn a_split_index_is_put_together() {
        let shared = [
            entry(2, 0o100_644, "a", None, 20),
            entry(2, 0o100_644, "b", None, 20),
            entry(2, 0o100_644, "c", None, 20),
        ];
        let shared = GitIndex::parse(&index(2, &shared, b"", 20)).unwrap();
        // Bit 1 is deleted, bit 2 has other content.
        let mut link = vec![0xab; 20];
        for word in [0b010u64, 0b100u64] {
            link.extend(3u32.to_be_bytes());
            link.extend(2u32.to_be_bytes());
            link.extend((1u64 << 33).to_be_bytes());
            link.extend(word.to_be_bytes());
            link.extend(0u32.to_be_bytes());
        }
        let mut extension = b"link".to_vec();
        extension.extend((link.len() as u32).to_be_bytes());
        extension.extend(link);
        let entries = [entry(2, 0o100_644, "", None, 20), entry(2, 0o100_644, "b2", None, 20)];
        let split = GitIndex::parse(&index(2, &entries, &extension, 20)).unwrap();
        assert_eq!(split.base.as_ref().unwrap().hash, "ab".repeat(20));
        assert_eq!(paths(&split.over(shared)), ["a", "b2", "c"]);
    }

    #[test]
    fn runs_of_ones_in_a_bitmap() {
        let mut bytes = 130u32.to_be_bytes().to_vec();
        bytes.extend(1u32.to_be_bytes());
        bytes.extend((3u64 << 1 | 1).to_be_bytes());
        bytes.extend(0u32.to_be_bytes());
        assert_eq!(Reader::new(&bytes, 20).bitmap().unwrap(), (0..130).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_no_index_is_an_error() {
        assert!(GitIndex::parse(b"").is_err());
        assert!(GitIndex::parse(b"DIRC").is_err());
        assert!(GitIndex::parse(b"nope\0\0\0\x02\0\0\0\0").is_err());
        assert!(GitIndex::parse(&index(5, &[], b"", 20)).is_err());
        assert!(GitIndex::parse(&index(2, &[], b"what\0\0\0\0", 20)).is_err());
        // An index cut off anywhere is an error and no panic.
        let entries = [entry(4, 0o100_644, "hosts/a.nix", None, 20), entry(4, 0o100_644, "b", Some(99), 20)];
        assert!(GitIndex::parse(&index(4, &entries, b"", 20)).is_err());
        let whole = index(2, &[entry(2, 0o100_644, "a", None, 20)], b"", 20);
        for end in 0..whole.len() {
            assert!(GitIndex::parse(&whole[..end]).is_err(), "{end}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(version in 2u32..5, bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut text = b"DIRC".to_vec();
            text.extend(version.to_be_bytes());
            text.extend([0, 0, 0, 2]);
            text.extend(bytes);
            let _ = GitIndex::parse(&text);
        }
    }
}
