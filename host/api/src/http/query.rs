//! Query parameters.

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response, StatusCode};
use aide::operation::{ParamLocation, add_parameters, parameters_from_schema};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::documented;
use super::paging::PageQuery;
use super::problem::{Problem, ProblemKind};
use super::shape;
use app::request::PageRequest;

/// The query parameters of a resource, all of them `T`'s: an unknown one is 400, not ignored.
#[derive(Clone, Copy, Debug)]
pub struct Filters<T>(pub T);

/// The query parameters of a list: `T`'s, and those of [`PageQuery`].
#[derive(Clone, Debug)]
pub struct List<T> {
    /// Which items.
    pub filters: T,
    /// How many of them, and from where.
    pub page: PageRequest,
}

/// Query parameters that stand beside a resource's filters, such as the order of a list.
pub trait Beside: DeserializeOwned {
    /// The names of all of them.
    const PARAMETERS: &'static [&'static str];
}

/// The query parameters of a resource: `T`'s, and others beside them.
#[derive(Clone, Debug)]
pub struct FiltersAnd<T, B> {
    /// Which items.
    pub filters: T,
    /// What else is asked.
    pub beside: B,
}

/// The query parameters of a list: `T`'s, others beside them, and those of [`PageQuery`].
#[derive(Clone, Debug)]
pub struct ListAnd<T, B> {
    /// Which items.
    pub filters: T,
    /// What else is asked.
    pub beside: B,
    /// How many of them, and from where.
    pub page: PageRequest,
}

impl Beside for PageQuery {
    const PARAMETERS: &'static [&'static str] = &["limit", "cursor"];
}

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Filters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        read(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for List<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let (page, rest) = split::<PageQuery>(parts.uri.query().unwrap_or_default())?;
        let filters = read(&rest)?;
        Ok(Self {
            filters,
            page: page.into(),
        })
    }
}

impl<T: DeserializeOwned, B: Beside, S: Sync> FromRequestParts<S> for FiltersAnd<T, B> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let (beside, rest) = split(parts.uri.query().unwrap_or_default())?;
        let filters = read(&rest)?;
        Ok(Self { filters, beside })
    }
}

impl<T: DeserializeOwned, B: Beside, S: Sync> FromRequestParts<S> for ListAnd<T, B> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let (page, rest) = split::<PageQuery>(parts.uri.query().unwrap_or_default())?;
        let (beside, rest) = split(&rest)?;
        Ok(Self {
            filters: read(&rest)?,
            beside,
            page: page.into(),
        })
    }
}

/// Takes what stands beside the filters out of a query; answers the rest of the query, too.
fn split<B: Beside>(query: &str) -> Result<(B, String), Problem> {
    let is_beside = |parameter: &&str| {
        let name = parameter.split('=').next().unwrap_or_default();
        B::PARAMETERS.contains(&name)
    };
    let (beside, rest): (Vec<_>, Vec<_>) = query.split('&').partition(is_beside);
    Ok((read(&beside.join("&"))?, rest.join("&")))
}

fn read<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let mut parameters = form_urlencoded::parse(query.as_bytes());
    if let Some((name, _)) = parameters.find(|(_, value)| value.contains('\0')) {
        return Err(Problem::bad_request(format!(
            "query parameter {name}: has the character U+0000; leave it out"
        )));
    }
    let parameters = form_urlencoded::parse(query.as_bytes());
    shape::read(serde_html_form::Deserializer::new(parameters)).map_err(|misshapen| {
        Problem::bad_request(format!("query parameter {}", misshapen.summary()))
    })
}

impl<T: JsonSchema> OperationInput for Filters<T> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        document::<T>(context, operation);
    }

    fn inferred_early_responses(
        context: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<StatusCode>, Response)> {
        documented::responses(context, &[ProblemKind::BadRequest])
    }
}

impl<T: JsonSchema> OperationInput for List<T> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        document::<T>(context, operation);
        document::<PageQuery>(context, operation);
    }

    fn inferred_early_responses(
        context: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<StatusCode>, Response)> {
        Filters::<T>::inferred_early_responses(context, operation)
    }
}

impl<T: JsonSchema, B: JsonSchema> OperationInput for FiltersAnd<T, B> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        document::<T>(context, operation);
        document::<B>(context, operation);
    }

    fn inferred_early_responses(
        context: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<StatusCode>, Response)> {
        Filters::<T>::inferred_early_responses(context, operation)
    }
}

impl<T: JsonSchema, B: JsonSchema> OperationInput for ListAnd<T, B> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        FiltersAnd::<T, B>::operation_input(context, operation);
        document::<PageQuery>(context, operation);
    }

    fn inferred_early_responses(
        context: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<StatusCode>, Response)> {
        Filters::<T>::inferred_early_responses(context, operation)
    }
}

fn document<T: JsonSchema>(context: &mut GenContext, operation: &mut Operation) {
    let schema = context.schema.subschema_for::<T>();
    let parameters = parameters_from_schema(context, schema, ParamLocation::Query);
    add_parameters(context, operation, parameters);
}
