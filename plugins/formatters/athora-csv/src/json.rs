//! Where things stand in a text of JSON, without reading more than that.
//!
//! Brackets and strings are followed, numbers and words are not looked into: whoever wrote
//! the text has checked it.

/// The text is not as JSON is, at this byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) usize);

/// One member of an object.
pub(crate) struct Member<'j> {
    /// As it is written, without its quotes.
    name: &'j str,
    /// Where its name begins, with the quote.
    pub(crate) name_at: usize,
    /// As it is written.
    pub(crate) value: &'j str,
    /// Where its value begins.
    pub(crate) value_at: usize,
}

impl Member<'_> {
    /// Whether it has this name, which needs no escape.
    pub(crate) fn is(&self, name: &str) -> bool {
        if !self.name.as_bytes().contains(&b'\\') {
            return self.name == name;
        }
        let quoted = format!("\"{}\"", self.name);
        let unescaped = vervet_sdk::serde_json::from_str::<String>(&quoted);
        unescaped.is_ok_and(|unescaped| unescaped == name)
    }
}

/// The members of an object, in their order; an error is the last of them.
pub(crate) fn members(object: &str) -> impl Iterator<Item = Result<Member<'_>, Malformed>> {
    Items::new(object, b'{', b'}', |reader| {
        let name_at = reader.at;
        let name = reader.string()?;
        reader.space();
        reader.expect(b':')?;
        reader.space();
        let value_at = reader.at;
        let value = reader.value()?;
        Ok(Member {
            name: &name[1..name.len() - 1],
            name_at,
            value,
            value_at,
        })
    })
}

/// The elements of an array and where each begins; an error is the last of them.
pub(crate) fn elements(array: &str) -> impl Iterator<Item = Result<(usize, &str), Malformed>> {
    Items::new(array, b'[', b']', |reader| {
        let at = reader.at;
        Ok((at, reader.value()?))
    })
}

/// What stands between two brackets, with commas between.
struct Items<'j, F> {
    reader: Reader<'j>,
    brackets: (u8, u8),
    item: F,
    state: State,
}

enum State {
    Before,
    Within,
    Over,
}

impl<'j, T, F> Items<'j, F>
where
    F: FnMut(&mut Reader<'j>) -> Result<T, Malformed>,
{
    fn new(json: &'j str, open: u8, close: u8, item: F) -> Self {
        Self {
            reader: Reader { json, at: 0 },
            brackets: (open, close),
            item,
            state: State::Before,
        }
    }

    fn advance(&mut self) -> Result<Option<T>, Malformed> {
        let (reader, (open, close)) = (&mut self.reader, self.brackets);
        reader.space();
        if matches!(self.state, State::Before) {
            reader.expect(open)?;
            reader.space();
            self.state = State::Within;
            if !reader.skip(close) {
                return (self.item)(reader).map(Some);
            }
        } else if reader.skip(b',') {
            reader.space();
            return (self.item)(reader).map(Some);
        } else {
            reader.expect(close)?;
        }
        self.state = State::Over;
        reader.space();
        match reader.peek() {
            None => Ok(None),
            Some(_) => Err(Malformed(reader.at)),
        }
    }
}

impl<'j, T, F> Iterator for Items<'j, F>
where
    F: FnMut(&mut Reader<'j>) -> Result<T, Malformed>,
{
    type Item = Result<T, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if matches!(self.state, State::Over) {
            return None;
        }
        let next = self.advance();
        if next.is_err() {
            self.state = State::Over;
        }
        next.transpose()
    }
}

struct Reader<'j> {
    json: &'j str,
    at: usize,
}

impl<'j> Reader<'j> {
    fn peek(&self) -> Option<u8> {
        self.json.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn skip(&mut self, byte: u8) -> bool {
        let is = self.peek() == Some(byte);
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, byte: u8) -> Result<(), Malformed> {
        match self.skip(byte) {
            true => Ok(()),
            false => Err(Malformed(self.at)),
        }
    }

    /// A string, with its quotes.
    fn string(&mut self) -> Result<&'j str, Malformed> {
        let start = self.at;
        self.expect(b'"')?;
        loop {
            let rest = &self.json.as_bytes()[self.at..];
            let found = rest.iter().position(|&byte| byte == b'"' || byte == b'\\');
            let found = found.ok_or(Malformed(self.json.len()))?;
            self.at += found + 1;
            if rest[found] == b'"' {
                return Ok(&self.json[start..self.at]);
            }
            // What is escaped is one byte, or `u` and digits.
            self.at += 1;
            if self.at > self.json.len() {
                return Err(Malformed(self.json.len()));
            }
        }
    }

    /// A value of any kind.
    fn value(&mut self) -> Result<&'j str, Malformed> {
        let start = self.at;
        let mut depth = 0_usize;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.string()?;
                }
                Some(b'{' | b'[') => {
                    depth += 1;
                    self.at += 1;
                    continue;
                }
                Some(b'}' | b']') if depth > 0 => {
                    depth -= 1;
                    self.at += 1;
                }
                Some(b',' | b':' | b' ' | b'\t' | b'\n' | b'\r') if depth > 0 => {
                    self.at += 1;
                    continue;
                }
                _ => self.scalar()?,
            }
            if depth == 0 {
                // Both ends are beside bytes of ASCII, which are no part of a character.
                return Ok(&self.json[start..self.at]);
            }
        }
    }

    /// A number or a word: what is left until something else begins.
    fn scalar(&mut self) -> Result<(), Malformed> {
        let rest = &self.json.as_bytes()[self.at..];
        let is_part =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
        let length = rest.iter().take_while(|byte| is_part(byte)).count();
        self.at += length;
        match length {
            0 => Err(Malformed(self.at)),
            _ => Ok(()),
        }
    }
}
