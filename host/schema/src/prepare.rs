//! From the text of a schema to what is applied: each schema is read once, and each reference resolved.

mod keywords;

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::draft::Draft;
use crate::equality::with_stack;
use crate::metaschemas;
use crate::node::{Node, NodeId, Prepared};
use crate::pattern::{self, Pattern, PatternError, reading_cost};
use crate::resources::{ReferenceError, Resources, Target, address};

/// The most different patterns of a new schema.
pub(crate) const MAX_PATTERNS: usize = 200;
/// The size of all programs of patterns that a schema keeps: instructions and ranges of classes.
pub(crate) const MAX_SIZE_OF_PATTERNS: usize = 100_000;

/// What is done with what a new schema may not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// It is refused.
    New,
    /// It was stored before that was refused, and goes on working, at the cost of each validation.
    Stored,
}

/// Why a schema cannot be prepared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PrepareError {
    /// A JSON pointer into the schema.
    pub(crate) pointer: String,
    pub(crate) cause: Cause,
}

/// What is wrong there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Cause {
    #[error("'{0}' is not what the draft asks for")]
    Malformed(String),
    #[error("'{0}' is no URI reference")]
    Reference(String),
    #[error("refers to '{0}', which is no part of the schema; nothing is fetched")]
    Outside(String),
    #[error("refers to '{0}', which is not in the schema")]
    Missing(String),
    #[error("the pattern {0}")]
    Pattern(String),
    #[error("the pattern is longer than {} bytes", pattern::MAX_BYTES)]
    LongPattern,
    #[error(
        "the pattern is larger than {} states and ranges once its repetitions are written out; repeat less",
        pattern::MAX_SIZE
    )]
    LargePattern,
    #[error("is the {}th different pattern, of at most {MAX_PATTERNS}", MAX_PATTERNS + 1)]
    ManyPatterns,
    #[error(
        "the patterns together are larger than {MAX_SIZE_OF_PATTERNS} states and ranges; repeat less"
    )]
    LargePatterns,
    #[error(
        "'multipleOf' has more than {} significant digits",
        crate::number::MAX_DIVISOR_DIGITS
    )]
    Divisor,
}

impl Cause {
    /// Whether the schema is well formed, and only asks for too much.
    pub(crate) fn is_limit(&self) -> bool {
        matches!(
            self,
            Self::LongPattern
                | Self::LargePattern
                | Self::ManyPatterns
                | Self::LargePatterns
                | Self::Divisor
        )
    }
}

/// Prepares a document, and what it refers to.
pub(crate) fn prepare(
    document: &Value,
    draft: Draft,
    strictness: Strictness,
) -> Result<(Prepared, Places), PrepareError> {
    let mut builder = Builder {
        document,
        strictness,
        resources: Resources::new(),
        nodes: Vec::new(),
        ids: HashMap::new(),
        waiting: Vec::new(),
        patterns: Vec::new(),
        pattern_ids: HashMap::new(),
        size_of_patterns: 0,
        reading: 0,
        anchors: HashMap::new(),
        dynamic_anchors: HashMap::new(),
        recursive_anchors: HashMap::new(),
        known_resources: 0,
    };
    let root = builder.resources.add(document, draft);
    let root = root.map_err(|_| builder.error(document, Cause::Reference(id_of(document))))?;
    builder.id(Target {
        schema: document,
        resource: root,
    });
    builder.anchor_resources();
    while let Some((target, id)) = builder.waiting.pop() {
        builder.nodes[id as usize] = builder.node(target)?;
        builder.anchor_resources();
    }
    let prepared = Prepared {
        nodes: builder.nodes.into(),
        patterns: builder.patterns.into(),
        dynamic_anchors: builder.dynamic_anchors,
        recursive_anchors: builder.recursive_anchors,
    };
    Ok((prepared, Places(builder.ids)))
}

/// Where in its document each schema is, by its address, while the document is there.
pub(crate) struct Places(HashMap<usize, NodeId>);

impl Places {
    /// The JSON pointer of a schema; "" where it is not in the document.
    pub(crate) fn pointer(&self, document: &Value, id: NodeId) -> String {
        let is_it = |value: &Value| self.0.get(&address(value)) == Some(&id);
        pointer_to(document, &is_it)
    }
}

fn id_of(document: &Value) -> String {
    let id = document.get("$id").or_else(|| document.get("id"));
    id.and_then(Value::as_str).unwrap_or_default().to_owned()
}

struct Builder<'d> {
    document: &'d Value,
    strictness: Strictness,
    resources: Resources<'d>,
    nodes: Vec<Node>,
    /// By the address of the schema.
    ids: HashMap<usize, NodeId>,
    waiting: Vec<(Target<'d>, NodeId)>,
    patterns: Vec<Pattern>,
    pattern_ids: HashMap<&'d str, u32>,
    size_of_patterns: usize,
    /// What reading the patterns took so far, in steps.
    reading: u64,
    /// Numbers of the names of dynamic anchors.
    anchors: HashMap<&'d str, u32>,
    dynamic_anchors: HashMap<(u32, u32), NodeId>,
    recursive_anchors: HashMap<u32, NodeId>,
    /// How many resources' anchors are noted.
    known_resources: usize,
}

impl<'d> Builder<'d> {
    fn error(&self, at: &Value, cause: Cause) -> PrepareError {
        PrepareError {
            pointer: pointer_to(self.document, &|value| std::ptr::eq(value, at)),
            cause,
        }
    }

    /// The node of a schema, which is read when its turn comes.
    fn id(&mut self, target: Target<'d>) -> NodeId {
        if let Some(id) = self.ids.get(&address(target.schema)) {
            return *id;
        }
        let id = self.nodes.len() as NodeId;
        self.ids.insert(address(target.schema), id);
        self.nodes.push(Node::Always(true));
        self.waiting.push((target, id));
        id
    }

    /// The node of a schema within another one.
    fn within(&mut self, schema: &'d Value, target: Target<'d>) -> NodeId {
        let resource = self.resources.of(schema, target.resource);
        self.id(Target { schema, resource })
    }

    fn anchor(&mut self, name: &'d str) -> u32 {
        let next = self.anchors.len() as u32;
        *self.anchors.entry(name).or_insert(next)
    }

    /// Notes where references can lead that depend on who refers.
    fn anchor_resources(&mut self) {
        while self.known_resources < self.resources.len() {
            let index = self.known_resources;
            self.known_resources += 1;
            let resource = self.resources.get(index);
            let (root, is_recursive) = (resource.root, resource.is_recursive_anchor);
            let anchors = resource.dynamic_anchors.clone();
            for (name, schema) in anchors {
                let name = self.anchor(name);
                let id = self.id(Target {
                    schema,
                    resource: index,
                });
                self.dynamic_anchors.insert((index as u32, name), id);
            }
            if is_recursive {
                let id = self.id(Target {
                    schema: root,
                    resource: index,
                });
                self.recursive_anchors.insert(index as u32, id);
            }
        }
    }

    fn node(&mut self, target: Target<'d>) -> Result<Node, PrepareError> {
        match target.schema {
            Value::Bool(always) => Ok(Node::Always(*always)),
            Value::Object(members) if members.is_empty() => Ok(Node::Always(true)),
            Value::Object(members) => self.keywords(target, members),
            other => Err(self.error(other, Cause::Malformed("schema".to_owned()))),
        }
    }

    /// Where a reference leads, and its fragment.
    fn follow(
        &mut self,
        reference: &str,
        from: Target<'d>,
    ) -> Result<(Target<'d>, String), PrepareError> {
        let told = |error| match error {
            ReferenceError::Malformed => Cause::Reference(reference.to_owned()),
            ReferenceError::Outside => Cause::Outside(reference.to_owned()),
            ReferenceError::NoSuchPlace => Cause::Missing(reference.to_owned()),
        };
        let found = self.find(reference, from.resource);
        found.map_err(|error| self.error(from.schema, told(error)))
    }

    fn find(
        &mut self,
        reference: &str,
        from: usize,
    ) -> Result<(Target<'d>, String), ReferenceError> {
        let (uri, fragment) = self.resources.absolute(reference, from)?;
        let resource = match self.resources.find(&uri) {
            Some(resource) => resource,
            None => {
                let (document, draft) = metaschemas::find(&uri).ok_or(ReferenceError::Outside)?;
                self.resources.add(document, draft)?
            }
        };
        let target = self.resources.place(resource, &fragment)?;
        Ok((target, fragment))
    }

    fn pattern(&mut self, source: &'d str, at: &'d Value) -> Result<u32, PrepareError> {
        if let Some(id) = self.pattern_ids.get(source) {
            return Ok(*id);
        }
        let is_new = self.strictness == Strictness::New;
        let cost = reading_cost(source);
        let pattern = if self.patterns.len() == MAX_PATTERNS && is_new {
            Err(Cause::ManyPatterns)
        } else if source.len() > pattern::MAX_BYTES {
            Err(Cause::LongPattern)
        } else if self.reading + cost > pattern::MAX_READING {
            Err(Cause::LargePatterns)
        } else {
            self.reading += cost;
            self.compiled(source)
        };
        let pattern = match pattern {
            Err(cause) if cause.is_limit() && !is_new => Ok(Pattern::compiled_at_use(source)),
            other => other,
        };
        let pattern = pattern.map_err(|cause| self.error(at, cause))?;
        self.size_of_patterns += pattern.size();
        let id = self.patterns.len() as u32;
        self.patterns.push(pattern);
        self.pattern_ids.insert(source, id);
        Ok(id)
    }

    fn compiled(&self, source: &str) -> Result<Pattern, Cause> {
        let left = MAX_SIZE_OF_PATTERNS - self.size_of_patterns;
        let limit = pattern::MAX_SIZE.min(left);
        Pattern::kept(source, limit).map_err(|error| match error {
            PatternError::Syntax(error) => Cause::Pattern(error),
            PatternError::Large if limit == left => Cause::LargePatterns,
            PatternError::Large => Cause::LargePattern,
        })
    }

    fn keywords(
        &mut self,
        target: Target<'d>,
        members: &'d Map<String, Value>,
    ) -> Result<Node, PrepareError> {
        let draft = self.resources.get(target.resource).draft;
        keywords::Reader {
            builder: self,
            target,
            members,
            draft,
        }
        .read()
    }
}

/// The JSON pointer of the value within a document that is sought; "" where it is not in it.
fn pointer_to(document: &Value, is_it: &dyn Fn(&Value) -> bool) -> String {
    fn find(at: &Value, is_it: &dyn Fn(&Value) -> bool, path: &mut String) -> bool {
        if is_it(at) {
            return true;
        }
        let length = path.len();
        let mut inside = |name: &str, value: &Value| {
            path.push('/');
            path.push_str(&name.replace('~', "~0").replace('/', "~1"));
            let found = with_stack(|| find(value, is_it, path));
            if !found {
                path.truncate(length);
            }
            found
        };
        match at {
            Value::Object(members) => members.iter().any(|(name, value)| inside(name, value)),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .any(|(index, value)| inside(&index.to_string(), value)),
            _ => false,
        }
    }
    let mut path = String::new();
    find(document, is_it, &mut path);
    path
}
