//! Reading the keywords of one schema.

use serde_json::{Map, Value};

use super::{Builder, Cause, PrepareError, Strictness};
use crate::content::Encoding;
use crate::draft::Draft;
use crate::format::Format;
use crate::node::{
    Branches, Choices, Contains, Content, Items, Keyword, Keywords, Limit, Members, Named, Names,
    Node, NodeId, Types,
};
use crate::number::{Decimal, MAX_DIVISOR_DIGITS};
use crate::resources::Target;

pub(super) struct Reader<'b, 'd> {
    pub(super) builder: &'b mut Builder<'d>,
    pub(super) target: Target<'d>,
    pub(super) members: &'d Map<String, Value>,
    pub(super) draft: Draft,
}

impl<'d> Reader<'_, 'd> {
    pub(super) fn read(mut self) -> Result<Node, PrepareError> {
        let mut all = Vec::new();
        self.references(&mut all)?;
        let stands_alone = self.draft.ref_stands_alone() && self.members.contains_key("$ref");
        if !stands_alone {
            self.values(&mut all)?;
            self.numbers(&mut all)?;
            self.strings(&mut all)?;
            self.arrays(&mut all)?;
            self.objects(&mut all)?;
            self.combinations(&mut all)?;
            self.definitions();
        }
        let before = all.len();
        if !stands_alone && self.draft >= Draft::Draft201909 {
            if let Some(value) = self.members.get("unevaluatedItems") {
                all.push(Keyword::UnevaluatedItems(self.schema(value)));
            }
            if let Some(value) = self.members.get("unevaluatedProperties") {
                all.push(Keyword::UnevaluatedProperties(self.schema(value)));
            }
        }
        if all.is_empty() {
            return Ok(Node::Always(true));
        }
        Ok(Node::Keywords(Keywords {
            resource: self.target.resource as u32,
            looks_at_unevaluated: all.len() > before,
            all: all.into(),
        }))
    }

    fn malformed(&self, keyword: &str) -> PrepareError {
        let at = self.members.get(keyword).unwrap_or(self.target.schema);
        self.builder.error(at, Cause::Malformed(keyword.to_owned()))
    }

    fn schema(&mut self, schema: &'d Value) -> NodeId {
        self.builder.within(schema, self.target)
    }

    fn optional(&mut self, keyword: &str) -> Option<NodeId> {
        let schema = self.members.get(keyword)?;
        Some(self.schema(schema))
    }

    fn schemas(&mut self, keyword: &str) -> Result<Option<Box<[NodeId]>>, PrepareError> {
        match self.members.get(keyword) {
            None => Ok(None),
            Some(Value::Array(schemas)) => {
                Ok(Some(schemas.iter().map(|one| self.schema(one)).collect()))
            }
            Some(_) => Err(self.malformed(keyword)),
        }
    }

    fn named(&mut self, keyword: &str) -> Result<Option<Vec<Named>>, PrepareError> {
        match self.members.get(keyword) {
            None => Ok(None),
            Some(Value::Object(schemas)) => {
                let named = schemas.iter();
                let named = named.map(|(name, one)| (name.as_str().into(), self.schema(one)));
                Ok(Some(named.collect()))
            }
            Some(_) => Err(self.malformed(keyword)),
        }
    }

    fn names(value: &Value) -> Option<Names> {
        let names = value.as_array()?.iter();
        names.map(|name| name.as_str().map(Into::into)).collect()
    }

    fn text(&self, keyword: &str) -> Result<Option<&'d str>, PrepareError> {
        match self.members.get(keyword) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.malformed(keyword)),
        }
    }

    fn count(&self, keyword: &str) -> Result<Option<u64>, PrepareError> {
        match self.members.get(keyword) {
            None => Ok(None),
            Some(Value::Number(number)) => {
                let count = Decimal::of(number).as_count();
                count.map(Some).ok_or_else(|| self.malformed(keyword))
            }
            Some(_) => Err(self.malformed(keyword)),
        }
    }

    fn references(&mut self, all: &mut Vec<Keyword>) -> Result<(), PrepareError> {
        if let Some(reference) = self.text("$ref")? {
            let (target, _) = self.builder.follow(reference, self.target)?;
            all.push(Keyword::Ref(self.builder.id(target)));
        }
        if self.draft == Draft::Draft201909
            && let Some(reference) = self.text("$recursiveRef")?
        {
            let (target, _) = self.builder.follow(reference, self.target)?;
            let is_recursive = self
                .builder
                .resources
                .get(target.resource)
                .is_recursive_anchor;
            let id = self.builder.id(target);
            all.push(match is_recursive {
                true => Keyword::RecursiveRef(id),
                false => Keyword::Ref(id),
            });
        }
        if self.draft == Draft::Draft202012
            && let Some(reference) = self.text("$dynamicRef")?
        {
            let (target, fragment) = self.builder.follow(reference, self.target)?;
            let id = self.builder.id(target);
            let anchors = &self.builder.resources.get(target.resource).dynamic_anchors;
            let anchor = anchors
                .iter()
                .find(|(name, schema)| *name == fragment && std::ptr::eq(*schema, target.schema));
            let anchor = anchor.map(|(name, _)| *name);
            all.push(match anchor {
                Some(name) => Keyword::DynamicRef(id, self.builder.anchor(name)),
                None => Keyword::Ref(id),
            });
        }
        Ok(())
    }

    fn values(&mut self, all: &mut Vec<Keyword>) -> Result<(), PrepareError> {
        if let Some(value) = self.members.get("type") {
            let mut types = Types {
                is_literal: self.draft == Draft::Draft4,
                ..Types::default()
            };
            let is_good = match value {
                Value::String(name) => types.add(name),
                Value::Array(names) => names
                    .iter()
                    .all(|name| name.as_str().is_some_and(|name| types.add(name))),
                _ => false,
            };
            if !is_good {
                return Err(self.malformed("type"));
            }
            all.push(Keyword::Type(types));
        }
        if let Some(value) = self.members.get("const")
            && self.draft >= Draft::Draft6
        {
            all.push(Keyword::Const(Box::new(value.clone())));
        }
        match self.members.get("enum") {
            None => {}
            Some(Value::Array(values)) => all.push(Keyword::Enum(Box::new(Choices::of(values)))),
            Some(_) => return Err(self.malformed("enum")),
        }
        Ok(())
    }

    fn decimal(&self, keyword: &str) -> Result<Option<Decimal>, PrepareError> {
        match self.members.get(keyword) {
            None => Ok(None),
            Some(Value::Number(number)) => Ok(Some(Decimal::of(number))),
            Some(_) => Err(self.malformed(keyword)),
        }
    }

    fn numbers(&mut self, all: &mut Vec<Keyword>) -> Result<(), PrepareError> {
        let is_draft4 = self.draft == Draft::Draft4;
        let is_set = |keyword: &str| self.members.get(keyword) == Some(&Value::Bool(true));
        let limit = |value, is_exclusive| {
            Box::new(Limit {
                value,
                is_exclusive,
            })
        };
        if let Some(value) = self.decimal("minimum")? {
            let is_exclusive = is_draft4 && is_set("exclusiveMinimum");
            all.push(Keyword::Minimum(limit(value, is_exclusive)));
        }
        if let Some(value) = self.decimal("maximum")? {
            let is_exclusive = is_draft4 && is_set("exclusiveMaximum");
            all.push(Keyword::Maximum(limit(value, is_exclusive)));
        }
        if !is_draft4 {
            if let Some(value) = self.decimal("exclusiveMinimum")? {
                all.push(Keyword::Minimum(limit(value, true)));
            }
            if let Some(value) = self.decimal("exclusiveMaximum")? {
                all.push(Keyword::Maximum(limit(value, true)));
            }
        }
        if let Some(divisor) = self.decimal("multipleOf")? {
            if divisor.is_zero() {
                return Err(self.malformed("multipleOf"));
            }
            if divisor.significant_digits() > MAX_DIVISOR_DIGITS {
                return Err(self.builder.error(self.target.schema, Cause::Divisor));
            }
            all.push(Keyword::MultipleOf(Box::new(divisor)));
        }
        Ok(())
    }

    fn strings(&mut self, all: &mut Vec<Keyword>) -> Result<(), PrepareError> {
        all.extend(self.count("minLength")?.map(Keyword::MinLength));
        all.extend(self.count("maxLength")?.map(Keyword::MaxLength));
        if let Some(source) = self.text("pattern")? {
            let at = &self.members["pattern"];
            all.push(Keyword::Pattern(self.builder.pattern(source, at)?));
        }
        if self.draft.asserts_formats()
            && let Some(name) = self.text("format")?
        {
            all.extend(Format::named(name, self.draft).map(Keyword::Format));
        }
        if matches!(self.draft, Draft::Draft6 | Draft::Draft7) {
            let named = self.text("contentEncoding")?;
            let encoding = named.and_then(Encoding::named);
            let is_json = self.text("contentMediaType")? == Some("application/json")
                && named.is_some() == encoding.is_some();
            if encoding.is_some() || is_json {
                all.push(Keyword::Content(Box::new(Content { encoding, is_json })));
            }
        }
        Ok(())
    }

    fn arrays(&mut self, all: &mut Vec<Keyword>) -> Result<(), PrepareError> {
        all.extend(self.count("minItems")?.map(Keyword::MinItems));
        all.extend(self.count("maxItems")?.map(Keyword::MaxItems));
        if self.members.get("uniqueItems") == Some(&Value::Bool(true)) {
            all.push(Keyword::UniqueItems);
        }
        let (first, rest) = if self.draft == Draft::Draft202012 {
            (self.schemas("prefixItems")?, self.optional("items"))
        } else if let Some(Value::Array(_)) = self.members.get("items") {
            (self.schemas("items")?, self.optional("additionalItems"))
        } else {
            (None, self.optional("items"))
        };
        if first.is_some() || rest.is_some() {
            all.push(Keyword::Items(Box::new(Items {
                first: first.unwrap_or_default(),
                rest,
            })));
        }
        if self.draft >= Draft::Draft6
            && let Some(schema) = self.optional("contains")
        {
            let counts = self.draft >= Draft::Draft201909;
            let count = |keyword: &str| {
                if counts {
                    self.count(keyword)
                } else {
                    Ok(None)
                }
            };
            let contains = Contains {
                schema,
                least: count("minContains")?.unwrap_or(1),
                most: count("maxContains")?,
                evaluates: counts,
            };
            all.push(Keyword::Contains(Box::new(contains)));
        }
        Ok(())
    }

    fn objects(&mut self, all: &mut Vec<Keyword>) -> Result<(), PrepareError> {
        all.extend(self.count("minProperties")?.map(Keyword::MinProperties));
        all.extend(self.count("maxProperties")?.map(Keyword::MaxProperties));
        // In draft 4 beside draft 3's words, `required` is a list alone.
        if let Some(value) = self.members.get("required") {
            let names = Self::names(value).ok_or_else(|| self.malformed("required"))?;
            all.push(Keyword::Required(names));
        }
        if self.draft >= Draft::Draft6
            && let Some(schema) = self.optional("propertyNames")
        {
            all.push(Keyword::PropertyNames(schema));
        }
        self.dependencies(all)?;
        let named = self.named("properties")?;
        let matching = self.named("patternProperties")?;
        let others = self.optional("additionalProperties");
        if named.is_some() || matching.is_some() || others.is_some() {
            let mut named = named.unwrap_or_default();
            named.sort_by(|(one, _), (other, _)| one.cmp(other));
            all.push(Keyword::Members(Box::new(Members {
                named: named.into(),
                matching: self.matching()?,
                others,
            })));
        }
        Ok(())
    }

    fn matching(&mut self) -> Result<Box<[(u32, NodeId)]>, PrepareError> {
        let Some(Value::Object(schemas)) = self.members.get("patternProperties") else {
            return Ok(Box::default());
        };
        let pairs = schemas.iter().map(|(source, schema)| {
            Ok((self.builder.pattern(source, schema)?, self.schema(schema)))
        });
        pairs.collect()
    }

    fn dependencies(&mut self, all: &mut Vec<Keyword>) -> Result<(), PrepareError> {
        let mut required = Vec::new();
        let mut schemas = Vec::new();
        if self.draft >= Draft::Draft201909 {
            schemas.extend(self.named("dependentSchemas")?.unwrap_or_default());
            match self.members.get("dependentRequired") {
                None => {}
                Some(Value::Object(lists)) => {
                    for (name, value) in lists {
                        let names = Self::names(value);
                        let names = names.ok_or_else(|| self.malformed("dependentRequired"))?;
                        required.push((name.as_str().into(), names));
                    }
                }
                Some(_) => return Err(self.malformed("dependentRequired")),
            }
        }
        match self.members.get("dependencies") {
            None => {}
            Some(Value::Object(some)) => {
                for (name, value) in some {
                    match value {
                        Value::Array(_) => {
                            let names = Self::names(value);
                            let names = names.ok_or_else(|| self.malformed("dependencies"))?;
                            required.push((name.as_str().into(), names));
                        }
                        schema => schemas.push((name.as_str().into(), self.schema(schema))),
                    }
                }
            }
            Some(_) => return Err(self.malformed("dependencies")),
        }
        if !required.is_empty() {
            all.push(Keyword::DependentRequired(required.into()));
        }
        if !schemas.is_empty() {
            all.push(Keyword::DependentSchemas(schemas.into()));
        }
        Ok(())
    }

    fn combinations(&mut self, all: &mut Vec<Keyword>) -> Result<(), PrepareError> {
        all.extend(self.schemas("allOf")?.map(Keyword::AllOf));
        all.extend(self.schemas("anyOf")?.map(Keyword::AnyOf));
        all.extend(self.schemas("oneOf")?.map(Keyword::OneOf));
        all.extend(self.optional("not").map(Keyword::Not));
        if self.draft >= Draft::Draft7
            && let Some(condition) = self.optional("if")
        {
            all.push(Keyword::If(Box::new(Branches {
                condition,
                then: self.optional("then"),
                otherwise: self.optional("else"),
            })));
        }
        Ok(())
    }

    /// A new schema is checked wholly, with what nothing refers to.
    fn definitions(&mut self) {
        if self.builder.strictness != Strictness::New {
            return;
        }
        for keyword in ["$defs", "definitions", "contentSchema"] {
            let Some(value) = self.members.get(keyword) else {
                continue;
            };
            for schema in self.draft.schemas_in(keyword, value) {
                self.schema(schema);
            }
        }
    }
}
