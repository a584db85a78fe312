//! Many texts, and many lists of texts, laid end to end.

/// Texts laid end to end, one for each alert.
///
/// ```
/// use vervet_sdk::formatter::Texts;
///
/// let texts = Texts::from_iter(["a", "", "c"]);
/// assert_eq!(texts.get(2), "c");
/// assert_eq!(texts.all(), "ac");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    text: String,
    ends: Vec<u32>,
}

impl Texts {
    /// Texts as they come over the boundary.
    ///
    /// # Errors
    /// Where the bytes are not UTF-8, or an end lies beyond them or within a character.
    pub fn new(bytes: Vec<u8>, ends: Vec<u32>) -> Result<Self, String> {
        let text = String::from_utf8(bytes).map_err(|_| "a text is not UTF-8".to_owned())?;
        let mut before = 0;
        for &end in &ends {
            if end < before || !text.is_char_boundary(end as usize) {
                return Err("the ends of texts do not fit the texts".to_owned());
            }
            before = end;
        }
        Ok(Self { text, ends })
    }

    /// Appends a text.
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len() as u32);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Text `index`.
    ///
    /// # Panics
    /// Where there are not so many.
    #[inline]
    pub fn get(&self, index: usize) -> &str {
        let start = match index.checked_sub(1) {
            Some(before) => self.ends[before] as usize,
            None => 0,
        };
        &self.text[start..self.ends[index] as usize]
    }

    /// All texts end to end: one look at them can tell that none needs a second.
    pub fn all(&self) -> &str {
        &self.text
    }
}

impl<'t> FromIterator<&'t str> for Texts {
    fn from_iter<I: IntoIterator<Item = &'t str>>(texts: I) -> Self {
        let mut all = Self::default();
        for text in texts {
            all.push(text);
        }
        all
    }
}

/// Lists of texts laid end to end, one for each alert.
///
/// ```
/// use vervet_sdk::formatter::TextLists;
///
/// let mut lists = TextLists::default();
/// lists.push(["a", "b"]);
/// lists.push([]);
/// assert_eq!(lists.range(0), 0..2);
/// assert_eq!(lists.texts().get(1), "b");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextLists {
    texts: Texts,
    ends: Vec<u32>,
}

impl TextLists {
    /// Lists as they come over the boundary.
    ///
    /// # Errors
    /// Where an end lies beyond the texts.
    pub fn new(texts: Texts, ends: Vec<u32>) -> Result<Self, String> {
        let mut before = 0;
        for &end in &ends {
            if end < before || end as usize > texts.len() {
                return Err("the ends of lists do not fit the lists".to_owned());
            }
            before = end;
        }
        Ok(Self { texts, ends })
    }

    /// Appends a list.
    pub fn push<'t>(&mut self, list: impl IntoIterator<Item = &'t str>) {
        for text in list {
            self.texts.push(text);
        }
        self.ends.push(self.texts.len() as u32);
    }

    /// How many lists there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Which of the texts are list `index`.
    ///
    /// # Panics
    /// Where there are not so many.
    #[inline]
    pub fn range(&self, index: usize) -> std::ops::Range<usize> {
        let start = match index.checked_sub(1) {
            Some(before) => self.ends[before] as usize,
            None => 0,
        };
        start..self.ends[index] as usize
    }

    /// The texts of all lists.
    pub fn texts(&self) -> &Texts {
        &self.texts
    }
}
