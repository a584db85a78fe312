//! How the characters of a file become bytes.

/// How the characters of a file become bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
    Latin1,
    Windows1252,
}

impl Encoding {
    /// By its name in a media type.
    pub fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" | "us-ascii" => Some(Self::Utf8),
            "utf-16le" => Some(Self::Utf16Le),
            "utf-16be" => Some(Self::Utf16Be),
            "iso-8859-1" | "latin1" => Some(Self::Latin1),
            "windows-1252" | "cp1252" => Some(Self::Windows1252),
            _ => None,
        }
    }

    /// Its name in a media type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Latin1 => "iso-8859-1",
            Self::Windows1252 => "windows-1252",
        }
    }

    /// The number by which Power Query knows it.
    pub fn code_page(self) -> u32 {
        match self {
            Self::Utf8 => 65_001,
            Self::Utf16Le => 1_200,
            Self::Utf16Be => 1_201,
            Self::Latin1 => 28_591,
            Self::Windows1252 => 1_252,
        }
    }

    /// Redshift's name for it; none if COPY does not read it.
    pub fn in_redshift(self) -> Option<&'static str> {
        match self {
            Self::Utf8 => Some("UTF8"),
            Self::Utf16Le => Some("UTF16LE"),
            Self::Utf16Be => Some("UTF16BE"),
            Self::Latin1 | Self::Windows1252 => None,
        }
    }

    /// The characters of some bytes; none if they are not in this encoding.
    pub fn decode(self, bytes: &[u8]) -> Option<String> {
        match self {
            Self::Utf8 => String::from_utf8(bytes.to_vec()).ok(),
            Self::Utf16Le => utf_16(bytes, u16::from_le_bytes),
            Self::Utf16Be => utf_16(bytes, u16::from_be_bytes),
            Self::Latin1 => Some(bytes.iter().copied().map(char::from).collect()),
            Self::Windows1252 => bytes.iter().copied().map(windows_1252).collect(),
        }
    }
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (units, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = units.iter().map(|bytes| unit(*bytes)).collect();
    String::from_utf16(&units).ok().filter(|_| rest.is_empty())
}

fn windows_1252(byte: u8) -> Option<char> {
    // What Latin-1 has no printed character for; five places are empty.
    const HIGH: [char; 32] = [
        '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0',
        '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => Some(HIGH[usize::from(byte - 0x80)]).filter(|letter| *letter != '\0'),
        other => Some(other.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_as_they_were_written() {
        let check = |encoding: Encoding, bytes: &[u8], expect: Option<&str>| {
            assert_eq!(encoding.decode(bytes).as_deref(), expect, "{encoding:?}");
            assert_eq!(Encoding::named(encoding.as_str()), Some(encoding));
        };
        check(Encoding::Utf8, "é€".as_bytes(), Some("é€"));
        check(Encoding::Utf8, b"\xe9", None);
        check(Encoding::Utf16Le, b"\xe9\0\xac\x20", Some("é€"));
        check(Encoding::Utf16Be, b"\0\xe9\x20\xac", Some("é€"));
        check(Encoding::Utf16Be, b"\0\xe9\x20", None);
        check(Encoding::Latin1, b"\xe9", Some("é"));
        check(Encoding::Windows1252, b"\xe9\x80", Some("é€"));
        check(Encoding::Windows1252, b"\x81", None);
    }
}
