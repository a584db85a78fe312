//! What a condition is compiled to. There is no form for what guards may not do.

use super::key::Key;
use super::value::{Value, View};

/// A whole condition.
pub(super) struct Program {
    pub(super) root: Node,
    /// How many variables there are, `alert` and `security` too.
    pub(super) slots: usize,
}

/// Where `alert` is.
pub(super) const ALERT: usize = 0;
/// Where `security` is.
pub(super) const SECURITY: usize = 1;

/// An expression.
pub(super) struct Node {
    /// The byte in the source where a fault of it is shown.
    pub(super) at: u32,
    pub(super) what: What,
}

pub(super) enum What {
    Constant(Value),
    Variable(usize),
    Member(Box<Node>, Key),
    Subscript(Box<Node>, Box<Node>),
    Slice(Box<Node>, Box<Bounds>),
    List(Vec<Node>),
    Tuple(Vec<Node>),
    Set(Vec<Node>),
    Dict(Vec<(Node, Node)>),
    Not(Box<Node>),
    Unary(Unary, Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
    Binary(Binary, Box<Node>, Box<Node>),
    Compare(Box<Node>, Vec<(Comparison, Node)>),
    Choose(Box<Choice>),
    Comprehension(Box<Comprehension>),
    Call(Function, Box<Arguments>),
    Method(Box<Node>, Method, Box<Arguments>),
}

/// `then if test else otherwise`.
pub(super) struct Choice {
    pub(super) test: Node,
    pub(super) then: Node,
    pub(super) otherwise: Node,
}

/// `[from:to:step]`.
pub(super) struct Bounds {
    pub(super) from: Option<Node>,
    pub(super) to: Option<Node>,
    pub(super) step: Option<Node>,
}

/// A list, set or dict made by loops.
pub(super) struct Comprehension {
    pub(super) loops: Vec<Loop>,
    pub(super) made: Made,
}

pub(super) enum Made {
    List(Node),
    Set(Node),
    Dict(Node, Node),
}

/// `for target in over if test if test`.
pub(super) struct Loop {
    pub(super) target: Target,
    pub(super) over: Node,
    pub(super) tests: Vec<Node>,
}

/// What a loop sets.
pub(super) enum Target {
    Variable(usize),
    Unpacked(Vec<Target>),
}

/// What a function or a method is called with.
pub(super) enum Arguments {
    Values {
        values: Vec<Node>,
        named: Vec<(Named, Node)>,
    },
    /// A generator as the only one.
    Generator { loops: Vec<Loop>, element: Node },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unary {
    Plus,
    Minus,
    Invert,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
    ShiftLeft,
    ShiftRight,
    And,
    Or,
    Xor,
}

impl Binary {
    /// As it is written; faults name it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::FloorDivide => "//",
            Self::Modulo => "%",
            Self::Power => "** or pow()",
            Self::ShiftLeft => "<<",
            Self::ShiftRight => ">>",
            Self::And => "&",
            Self::Or => "|",
            Self::Xor => "^",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Order(Order),
    In,
    NotIn,
    Is,
    IsNot,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    /// As it is written; faults name it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

/// The arguments that may be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Default,
    Reverse,
    Start,
}

macro_rules! called {
    ($(#[$doc:meta])* $kind:ident: $($variant:ident $name:literal $least:literal..=$most:literal;)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum $kind {
            $($variant,)*
        }

        impl $kind {
            /// All of them.
            pub(super) const ALL: &[Self] = &[$(Self::$variant,)*];

            /// As it is written.
            pub(super) fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// How many arguments it takes, without names.
            pub(super) fn takes(self) -> std::ops::RangeInclusive<usize> {
                match self {
                    $(Self::$variant => $least..=$most,)*
                }
            }

            /// The one of this name.
            pub(super) fn find(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == name)
            }

            /// Their names, for those who look for one.
            pub(super) fn names() -> String {
                let names: Vec<&str> = Self::ALL.iter().map(|known| known.as_str()).collect();
                names.join(", ")
            }
        }
    };
}

called! {
    /// The functions that guards may call.
    Function:
    Len "len" 1..=1;
    Any "any" 1..=1;
    All "all" 1..=1;
    Min "min" 1..=255;
    Max "max" 1..=255;
    Sum "sum" 1..=2;
    Sorted "sorted" 1..=1;
    Str "str" 0..=1;
    Int "int" 0..=1;
    Float "float" 0..=1;
    Bool "bool" 0..=1;
    Abs "abs" 1..=1;
    Round "round" 1..=2;
}

called! {
    /// The methods that guards may call: those of texts, then those of lists and tuples, then those of dicts.
    Method:
    Lower "lower" 0..=0;
    Upper "upper" 0..=0;
    Strip "strip" 0..=1;
    StripLeft "lstrip" 0..=1;
    StripRight "rstrip" 0..=1;
    StartsWith "startswith" 1..=1;
    EndsWith "endswith" 1..=1;
    RemovePrefix "removeprefix" 1..=1;
    RemoveSuffix "removesuffix" 1..=1;
    Split "split" 0..=2;
    SplitLines "splitlines" 0..=0;
    Join "join" 1..=1;
    Replace "replace" 2..=3;
    Find "find" 1..=1;
    IsAlpha "isalpha" 0..=0;
    IsAlnum "isalnum" 0..=0;
    IsDigit "isdigit" 0..=0;
    IsSpace "isspace" 0..=0;
    IsLower "islower" 0..=0;
    IsUpper "isupper" 0..=0;
    Count "count" 1..=1;
    Index "index" 1..=1;
    Get "get" 1..=2;
    Keys "keys" 0..=0;
    Values "values" 0..=0;
    Items "items" 0..=0;
}

impl Method {
    /// The view of a dict that it answers.
    pub(super) fn view(self) -> Option<View> {
        match self {
            Self::Keys => Some(View::Keys),
            Self::Values => Some(View::Values),
            Self::Items => Some(View::Items),
            _ => None,
        }
    }
}

impl Function {
    /// The arguments of it that may be named, and their names.
    pub(super) fn named(self) -> &'static [(&'static str, Named)] {
        match self {
            Self::Min | Self::Max => &[("default", Named::Default)],
            Self::Sorted => &[("reverse", Named::Reverse)],
            Self::Sum => &[("start", Named::Start)],
            _ => &[],
        }
    }

    /// Whether a generator may be its only argument.
    pub(super) fn takes_generator(self) -> bool {
        matches!(
            self,
            Self::Any | Self::All | Self::Min | Self::Max | Self::Sum | Self::Sorted
        )
    }
}
