//! Running a program over a text.

use regex_syntax::hir::Look;
use regex_syntax::is_word_character;

use super::compile::{Instruction, Program};
use crate::budget::{Exhausted, Meter};

impl Program {
    /// Whether the pattern is found anywhere in the text.
    pub(super) fn is_match(&self, text: &str, meter: &mut Meter<'_>) -> Result<bool, Exhausted> {
        let bytes = self.instructions.len() * 3 * size_of::<u32>();
        meter.hold(bytes)?;
        let found = self.search(text, meter);
        meter.give_back(bytes);
        found
    }

    fn search(&self, text: &str, meter: &mut Meter<'_>) -> Result<bool, Exhausted> {
        let mut states = States::new(self.instructions.len());
        let mut before = None;
        let mut letters = text.chars().peekable();
        let mut is_start = true;
        loop {
            let place = Place {
                before,
                after: letters.peek().copied(),
            };
            // Where the last character led, and a new beginning.
            let mut pending = std::mem::take(&mut states.pending);
            let mut is_found = false;
            for state in pending.drain(..) {
                is_found = is_found || self.enter(state, place, &mut states, meter)?;
            }
            states.pending = pending;
            if is_found
                || ((is_start || !self.is_anchored) && self.enter(0, place, &mut states, meter)?)
            {
                return Ok(true);
            }
            is_start = false;
            if self.is_anchored && states.entered.is_empty() {
                return Ok(false);
            }
            let Some(letter) = letters.next() else {
                return Ok(false);
            };
            meter.step(1)?;
            states.advance(self, letter, meter)?;
            before = Some(letter);
        }
    }

    /// Enters a state and all that follow without a character; says whether one of them is the end.
    fn enter(
        &self,
        state: u32,
        place: Place,
        states: &mut States,
        meter: &mut Meter<'_>,
    ) -> Result<bool, Exhausted> {
        states.stack.push(state);
        while let Some(state) = states.stack.pop() {
            if !states.note(state) {
                continue;
            }
            meter.step(1)?;
            match self.instructions[state as usize] {
                Instruction::Match => {
                    states.stack.clear();
                    return Ok(true);
                }
                Instruction::Jump(next) => states.stack.push(next),
                Instruction::Split(one, other) => states.stack.extend([other, one]),
                Instruction::Look(look) if place.fits(look) => states.stack.push(state + 1),
                Instruction::Look(_) => {}
                Instruction::Char(_) | Instruction::Class(_) => states.entered.push(state),
            }
        }
        Ok(false)
    }

    fn takes(&self, instruction: Instruction, letter: char) -> bool {
        match instruction {
            Instruction::Char(own) => own == letter,
            Instruction::Class(class) => {
                let ranges = &self.classes[class as usize];
                let after = ranges.partition_point(|&(_, end)| end < letter);
                ranges.get(after).is_some_and(|&(start, _)| start <= letter)
            }
            _ => false,
        }
    }
}

/// The states in which a program is at one place of the text.
struct States {
    /// Those that wait for a character.
    entered: Vec<u32>,
    /// Those that the character before led to.
    pending: Vec<u32>,
    /// For each state, the round in which it was last entered.
    noted: Vec<u32>,
    round: u32,
    stack: Vec<u32>,
}

impl States {
    fn new(instructions: usize) -> Self {
        Self {
            entered: Vec::new(),
            pending: Vec::new(),
            noted: vec![0; instructions],
            round: 1,
            stack: Vec::new(),
        }
    }

    /// Notes that a state is entered here; says whether it was not yet.
    fn note(&mut self, state: u32) -> bool {
        let noted = &mut self.noted[state as usize];
        let is_new = *noted != self.round;
        *noted = self.round;
        is_new
    }

    fn advance(
        &mut self,
        program: &Program,
        letter: char,
        meter: &mut Meter<'_>,
    ) -> Result<(), Exhausted> {
        meter.step(self.entered.len() as u64)?;
        for state in self.entered.drain(..) {
            if program.takes(program.instructions[state as usize], letter) {
                self.pending.push(state + 1);
            }
        }
        self.round += 1;
        Ok(())
    }
}

/// The characters on both sides of a place.
#[derive(Clone, Copy)]
struct Place {
    before: Option<char>,
    after: Option<char>,
}

impl Place {
    fn fits(self, look: Look) -> bool {
        let Self { before, after } = self;
        let ascii = |letter: Option<char>| {
            letter.is_some_and(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        };
        let word = |letter: Option<char>| letter.is_some_and(is_word_character);
        match look {
            Look::Start => before.is_none(),
            Look::End => after.is_none(),
            Look::StartLF => matches!(before, None | Some('\n')),
            Look::EndLF => matches!(after, None | Some('\n')),
            Look::StartCRLF => match before {
                None | Some('\n') => true,
                Some('\r') => after != Some('\n'),
                Some(_) => false,
            },
            Look::EndCRLF => match after {
                None | Some('\r') => true,
                Some('\n') => before != Some('\r'),
                Some(_) => false,
            },
            Look::WordAscii => ascii(before) != ascii(after),
            Look::WordAsciiNegate => ascii(before) == ascii(after),
            Look::WordUnicode => word(before) != word(after),
            Look::WordUnicodeNegate => word(before) == word(after),
            Look::WordStartAscii => !ascii(before) && ascii(after),
            Look::WordEndAscii => ascii(before) && !ascii(after),
            Look::WordStartUnicode => !word(before) && word(after),
            Look::WordEndUnicode => word(before) && !word(after),
            Look::WordStartHalfAscii => !ascii(before),
            Look::WordEndHalfAscii => !ascii(after),
            Look::WordStartHalfUnicode => !word(before),
            Look::WordEndHalfUnicode => !word(after),
        }
    }
}
