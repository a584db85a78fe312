//! From the text of a pattern to its program.

use std::collections::HashMap;

use regex_syntax::ast::parse::ParserBuilder;
use regex_syntax::hir::translate::Translator;
use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};

use super::PatternError;

/// How deep groups and classes may be within one another.
const MAX_DEPTH: u32 = 100;

/// The ranges of a class.
type Ranges = Box<[(char, char)]>;

/// One instruction. Where it does not say, the next one follows.
#[derive(Clone, Copy, Debug)]
pub(super) enum Instruction {
    /// One character.
    Char(char),
    /// One character of a class.
    Class(u32),
    /// A condition on the place.
    Look(Look),
    /// Both go on.
    Split(u32, u32),
    /// Goes on elsewhere.
    Jump(u32),
    /// The pattern is found.
    Match,
}

/// A compiled pattern.
pub(super) struct Program {
    pub(super) instructions: Box<[Instruction]>,
    /// Ranges in rising order.
    pub(super) classes: Box<[Ranges]>,
    /// It can only begin at the start of the text.
    pub(super) is_anchored: bool,
    size: usize,
}

impl Program {
    /// No instruction or range is larger.
    pub(super) const BYTES_PER_INSTRUCTION: usize = size_of::<Instruction>();

    pub(super) fn of(source: &str, max_size: usize) -> Result<Self, PatternError> {
        let syntax = |error: String| PatternError::Syntax(error);
        let translated = jsonschema_regex::to_rust_regex(source)
            .map_err(|()| syntax("is no regular expression".to_owned()))?;
        let tree = ParserBuilder::new()
            .nest_limit(MAX_DEPTH)
            .build()
            .parse(&translated)
            .map_err(|error| syntax(format!("is no regular expression: {}", error.kind())))?;
        let hir = Translator::new()
            .translate(&translated, &tree)
            .map_err(|error| syntax(format!("is no regular expression: {}", error.kind())))?;
        let mut compiler = Compiler {
            instructions: Vec::new(),
            classes: Vec::new(),
            known: HashMap::new(),
            seen: HashMap::new(),
            size: 0,
            max_size,
        };
        compiler.compile(&hir)?;
        compiler.push(Instruction::Match)?;
        Ok(Self {
            is_anchored: hir.properties().look_set_prefix().contains(Look::Start),
            instructions: compiler.instructions.into(),
            classes: compiler.classes.into(),
            size: compiler.size,
        })
    }

    /// Instructions and ranges.
    pub(super) fn size(&self) -> usize {
        self.size
    }
}

struct Compiler {
    instructions: Vec<Instruction>,
    classes: Vec<Ranges>,
    known: HashMap<Ranges, u32>,
    /// By the address of the class in the syntax tree.
    seen: HashMap<usize, u32>,
    size: usize,
    max_size: usize,
}

impl Compiler {
    fn grow(&mut self, by: usize) -> Result<(), PatternError> {
        self.size += by;
        if self.size > self.max_size {
            return Err(PatternError::Large);
        }
        Ok(())
    }

    fn push(&mut self, instruction: Instruction) -> Result<(), PatternError> {
        self.grow(1)?;
        self.instructions.push(instruction);
        Ok(())
    }

    fn next(&self) -> u32 {
        self.instructions.len() as u32
    }

    fn compile(&mut self, hir: &Hir) -> Result<(), PatternError> {
        match hir.kind() {
            HirKind::Empty => Ok(()),
            HirKind::Literal(literal) => {
                // Patterns are of characters: no literal is part of one.
                let text = String::from_utf8_lossy(&literal.0);
                text.chars()
                    .try_for_each(|letter| self.push(Instruction::Char(letter)))
            }
            HirKind::Class(class) => self.class(class),
            HirKind::Look(look) => self.push(Instruction::Look(*look)),
            HirKind::Repetition(repetition) => self.repeat(repetition),
            HirKind::Capture(capture) => self.compile(&capture.sub),
            HirKind::Concat(parts) => parts.iter().try_for_each(|part| self.compile(part)),
            HirKind::Alternation(parts) => self.alternatives(parts),
        }
    }

    fn class(&mut self, class: &Class) -> Result<(), PatternError> {
        // One that is repeated is looked at once.
        let address = std::ptr::from_ref(class).addr();
        if let Some(index) = self.seen.get(&address) {
            return self.push(Instruction::Class(*index));
        }
        let ranges: Ranges = match class {
            Class::Unicode(class) => {
                let ranges = class.ranges().iter();
                ranges.map(|range| (range.start(), range.end())).collect()
            }
            // Of ASCII alone, since patterns are of characters.
            Class::Bytes(class) => {
                let ranges = class.ranges().iter();
                ranges
                    .map(|range| (char::from(range.start()), char::from(range.end())))
                    .collect()
            }
        };
        let index = match self.known.get(&ranges) {
            Some(index) => *index,
            None => {
                self.grow(ranges.len())?;
                let index = self.classes.len() as u32;
                self.classes.push(ranges.clone());
                self.known.insert(ranges, index);
                index
            }
        };
        self.seen.insert(address, index);
        self.push(Instruction::Class(index))
    }

    fn repeat(&mut self, repetition: &Repetition) -> Result<(), PatternError> {
        // Repeating what matches nothing but the place adds nothing to doing it once.
        let is_empty = repetition.sub.properties().maximum_len() == Some(0);
        let (least, most) = match repetition.max {
            _ if is_empty => (repetition.min.min(1), Some(1)),
            most => (repetition.min, most),
        };
        for _ in 0..least {
            self.compile(&repetition.sub)?;
        }
        match most {
            None => {
                let split = self.next();
                self.push(Instruction::Jump(0))?;
                self.compile(&repetition.sub)?;
                self.push(Instruction::Jump(split))?;
                self.instructions[split as usize] = Instruction::Split(split + 1, self.next());
            }
            Some(most) => {
                let mut splits = Vec::new();
                for _ in least..most {
                    splits.push(self.next());
                    self.push(Instruction::Jump(0))?;
                    self.compile(&repetition.sub)?;
                }
                let end = self.next();
                for split in splits {
                    self.instructions[split as usize] = Instruction::Split(split + 1, end);
                }
            }
        }
        Ok(())
    }

    fn alternatives(&mut self, parts: &[Hir]) -> Result<(), PatternError> {
        let mut jumps = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            if index + 1 == parts.len() {
                self.compile(part)?;
                break;
            }
            let split = self.next();
            self.push(Instruction::Jump(0))?;
            self.compile(part)?;
            jumps.push(self.next());
            self.push(Instruction::Jump(0))?;
            self.instructions[split as usize] = Instruction::Split(split + 1, self.next());
        }
        let end = self.next();
        for jump in jumps {
            self.instructions[jump as usize] = Instruction::Jump(end);
        }
        Ok(())
    }
}
