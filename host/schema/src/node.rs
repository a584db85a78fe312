//! A schema as it is applied: its keywords, read once, with references resolved.

use std::collections::HashMap;

use serde_json::Value;

use crate::budget::{Budget, Meter};
use crate::content::Encoding;
use crate::equality::digest;
use crate::format::Format;
use crate::number::Decimal;
use crate::pattern::Pattern;

/// Which schema of a prepared document.
pub(crate) type NodeId = u32;
/// The name of a member.
pub(crate) type Name = Box<str>;
/// The names of some members.
pub(crate) type Names = Box<[Name]>;
/// A schema for the member with a name.
pub(crate) type Named = (Name, NodeId);

/// A prepared document.
pub(crate) struct Prepared {
    pub(crate) nodes: Box<[Node]>,
    pub(crate) patterns: Box<[Pattern]>,
    /// By resource and the number of the anchor's name.
    pub(crate) dynamic_anchors: HashMap<(u32, u32), NodeId>,
    /// The roots of resources that say `"$recursiveAnchor": true`.
    pub(crate) recursive_anchors: HashMap<u32, NodeId>,
}

impl Prepared {
    /// About what it takes of memory, in bytes: keywords with what they point to, and the programs of patterns.
    pub(crate) fn bytes(&self) -> usize {
        /// What a keyword points to, such as names of members.
        const POINTED_TO: usize = 64;
        let keywords = self.nodes.iter().map(|node| match node {
            Node::Always(_) => 0,
            Node::Keywords(keywords) => keywords.all.len() * (size_of::<Keyword>() + POINTED_TO),
        });
        let patterns = self.patterns.iter().map(Pattern::bytes);
        self.nodes.len() * size_of::<Node>() + keywords.sum::<usize>() + patterns.sum::<usize>()
    }
}

/// A schema.
pub(crate) enum Node {
    /// `true` or `{}`, or `false`.
    Always(bool),
    /// Any other.
    Keywords(Keywords),
}

/// The keywords of a schema.
pub(crate) struct Keywords {
    /// The resource that it is part of.
    pub(crate) resource: u32,
    /// What looks at what others left comes last.
    pub(crate) all: Box<[Keyword]>,
    /// It has `unevaluatedItems` or `unevaluatedProperties`.
    pub(crate) looks_at_unevaluated: bool,
}

/// A keyword, or some that work together.
pub(crate) enum Keyword {
    Ref(NodeId),
    /// Where it leads unless a resource outside has the same dynamic anchor, which is given by number.
    DynamicRef(NodeId, u32),
    /// Where it leads unless resources outside are recursive, too.
    RecursiveRef(NodeId),
    Type(Types),
    Const(Box<Value>),
    Enum(Box<Choices>),
    Minimum(Box<Limit>),
    Maximum(Box<Limit>),
    MultipleOf(Box<Decimal>),
    MinLength(u64),
    MaxLength(u64),
    Pattern(u32),
    Format(Format),
    Content(Box<Content>),
    MinItems(u64),
    MaxItems(u64),
    UniqueItems,
    Items(Box<Items>),
    Contains(Box<Contains>),
    MinProperties(u64),
    MaxProperties(u64),
    Required(Names),
    DependentRequired(Box<[(Name, Names)]>),
    DependentSchemas(Box<[Named]>),
    PropertyNames(NodeId),
    Members(Box<Members>),
    AllOf(Box<[NodeId]>),
    AnyOf(Box<[NodeId]>),
    OneOf(Box<[NodeId]>),
    Not(NodeId),
    If(Box<Branches>),
    UnevaluatedItems(NodeId),
    UnevaluatedProperties(NodeId),
}

/// The types that a value may be of.
#[derive(Clone, Copy, Default)]
pub(crate) struct Types {
    pub(crate) null: bool,
    pub(crate) boolean: bool,
    pub(crate) object: bool,
    pub(crate) array: bool,
    pub(crate) string: bool,
    pub(crate) number: bool,
    pub(crate) integer: bool,
    /// 1.0 is no integer: draft 4.
    pub(crate) is_literal: bool,
}

/// The values of an `enum`.
pub(crate) struct Choices {
    pub(crate) values: Box<[Value]>,
    /// By digest, the values that have it.
    pub(crate) by_digest: HashMap<u64, Vec<u32>>,
}

/// A bound of numbers.
pub(crate) struct Limit {
    pub(crate) value: Decimal,
    pub(crate) is_exclusive: bool,
}

/// `contentEncoding` and `contentMediaType`, where the draft has them as assertions.
pub(crate) struct Content {
    pub(crate) encoding: Option<Encoding>,
    pub(crate) is_json: bool,
}

/// `prefixItems` and `items`, or `items` and `additionalItems`.
pub(crate) struct Items {
    pub(crate) first: Box<[NodeId]>,
    pub(crate) rest: Option<NodeId>,
}

/// `contains`, with how often.
pub(crate) struct Contains {
    pub(crate) schema: NodeId,
    pub(crate) least: u64,
    pub(crate) most: Option<u64>,
    /// What fits counts as evaluated: since 2020-12 by the text, and in 2019-09 since schemas rely on it that were stored when it did.
    pub(crate) evaluates: bool,
}

/// `properties`, `patternProperties` and `additionalProperties`.
pub(crate) struct Members {
    /// In the order of their names.
    pub(crate) named: Box<[Named]>,
    pub(crate) matching: Box<[(u32, NodeId)]>,
    pub(crate) others: Option<NodeId>,
}

/// `if`, `then` and `else`.
pub(crate) struct Branches {
    pub(crate) condition: NodeId,
    pub(crate) then: Option<NodeId>,
    pub(crate) otherwise: Option<NodeId>,
}

impl Types {
    /// The type with a name is one, too; says whether there is such a type.
    pub(crate) fn add(&mut self, name: &str) -> bool {
        match name {
            "null" => self.null = true,
            "boolean" => self.boolean = true,
            "object" => self.object = true,
            "array" => self.array = true,
            "string" => self.string = true,
            "number" => self.number = true,
            "integer" => self.integer = true,
            _ => return false,
        }
        true
    }

    pub(crate) fn has(self, value: &Value) -> bool {
        match value {
            Value::Null => self.null,
            Value::Bool(_) => self.boolean,
            Value::Object(_) => self.object,
            Value::Array(_) => self.array,
            Value::String(_) => self.string,
            Value::Number(_) if self.number => true,
            Value::Number(number) if self.integer => {
                let is_small = number.is_i64() || number.is_u64();
                is_small
                    || if self.is_literal {
                        !number.to_string().contains(['.', 'e', 'E'])
                    } else {
                        Decimal::of(number).is_integer()
                    }
            }
            Value::Number(_) => false,
        }
    }

    /// For people.
    pub(crate) fn names(self) -> String {
        let all = [
            (self.null, "null"),
            (self.boolean, "boolean"),
            (self.object, "object"),
            (self.array, "array"),
            (self.string, "string"),
            (self.number, "number"),
            (self.integer, "integer"),
        ];
        let names = all.iter().filter(|(has, _)| *has).map(|(_, name)| *name);
        names.collect::<Vec<_>>().join(" or ")
    }
}

impl Choices {
    pub(crate) fn of(values: &[Value]) -> Self {
        let unlimited = Budget {
            steps: u64::MAX,
            memory_bytes: usize::MAX,
            nesting: usize::MAX,
        };
        // Once for each schema, over what its text holds.
        let mut meter = Meter::new(unlimited, &|| false);
        let mut choices = Self {
            values: values.into(),
            by_digest: HashMap::new(),
        };
        for (index, value) in values.iter().enumerate() {
            if let Ok(digest) = digest(value, &mut meter) {
                choices
                    .by_digest
                    .entry(digest)
                    .or_default()
                    .push(index as u32);
            }
        }
        choices
    }
}

impl Node {
    /// The schemas that apply to the same value as this one.
    pub(crate) fn applied_beside(&self) -> Vec<NodeId> {
        let Self::Keywords(keywords) = self else {
            return Vec::new();
        };
        let mut all = Vec::new();
        for keyword in &keywords.all {
            match keyword {
                Keyword::Ref(one)
                | Keyword::DynamicRef(one, _)
                | Keyword::RecursiveRef(one)
                | Keyword::Not(one) => all.push(*one),
                Keyword::AllOf(some) | Keyword::AnyOf(some) | Keyword::OneOf(some) => {
                    all.extend(some);
                }
                Keyword::DependentSchemas(some) => all.extend(some.iter().map(|(_, one)| one)),
                Keyword::If(branches) => {
                    all.push(branches.condition);
                    all.extend(branches.then);
                    all.extend(branches.otherwise);
                }
                _ => {}
            }
        }
        all
    }
}
