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
use super::paging::PageRequest;
use super::problem::{Problem, ProblemKind};
use super::shape;

/// The query parameters of a resource, all of them `T`'s: an unknown one is 400, not ignored.
#[derive(Clone, Copy, Debug)]
pub struct Filters<T>(pub T);

/// The query parameters of a list: `T`'s, and those of [`PageRequest`].
#[derive(Clone, Debug)]
pub struct List<T> {
    /// Which items.
    pub filters: T,
    /// How many of them, and from where.
    pub page: PageRequest,
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
        let query = parts.uri.query().unwrap_or_default();
        let is_page = |parameter: &&str| {
            let name = parameter.split('=').next().unwrap_or_default();
            PageRequest::PARAMETERS.contains(&name)
        };
        let (page, filters): (Vec<_>, Vec<_>) = query.split('&').partition(is_page);
        Ok(Self {
            filters: read(&filters.join("&"))?,
            page: read(&page.join("&"))?,
        })
    }
}

fn read<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
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
        document::<PageRequest>(context, operation);
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
