//! How problems stand in the OpenAPI document.

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, ReferenceOr, Response, SchemaObject, StatusCode};
use aide::transform::TransformOperation;

use super::problem::{FAILED_TO_REGISTER, PROBLEM_JSON, Problem, ProblemBody, ProblemKind};

/// Documents the problems that a handler answers beyond those of its extractors.
///
/// ```
/// use aide::axum::routing::delete_with;
/// use api::http::{Problem, ProblemKind, problems};
///
/// async fn delete_list() -> Result<(), Problem> {
///     Err(Problem::conflict("the list is used by the rule \"large\"; delete that first"))
/// }
///
/// let route = delete_with::<_, _, _, _, (), _>(delete_list, |operation| {
///     operation.summary("Delete a list").with(problems(&[ProblemKind::NotFound, ProblemKind::Conflict]))
/// });
/// ```
pub fn problems(
    kinds: &'static [ProblemKind],
) -> impl FnOnce(TransformOperation<'_>) -> TransformOperation<'_> {
    move |mut operation| {
        let documented = aide::generate::in_context(|context| responses(context, kinds));
        let responses = &mut operation
            .inner_mut()
            .responses
            .get_or_insert_default()
            .responses;
        for (status, response) in documented {
            if let Some(status) = status {
                responses.insert(status, ReferenceOr::Item(response));
            }
        }
        operation
    }
}

/// The responses of problems, by status, in the form that extractors hand to aide.
pub fn responses(
    context: &mut GenContext,
    kinds: &[ProblemKind],
) -> Vec<(Option<StatusCode>, Response)> {
    let response = |kind: &ProblemKind| {
        (
            Some(StatusCode::Code(kind.status().as_u16())),
            response(context, kind.title(), *kind),
        )
    };
    kinds.iter().map(response).collect()
}

fn response(context: &mut GenContext, description: &str, kind: ProblemKind) -> Response {
    let problem = MediaType {
        schema: Some(SchemaObject {
            json_schema: context.schema.subschema_for::<ProblemBody<'static>>(),
            example: None,
            external_docs: None,
        }),
        ..MediaType::default()
    };
    let mut response = Response {
        description: description.to_owned(),
        ..Response::default()
    };
    response.content.insert(PROBLEM_JSON.to_owned(), problem);
    if kind == ProblemKind::FailedToRegister {
        let literal = MediaType {
            schema: Some(SchemaObject {
                json_schema: schemars::json_schema!({ "const": FAILED_TO_REGISTER }),
                example: None,
                external_docs: None,
            }),
            ..MediaType::default()
        };
        response.content.insert("text/plain".to_owned(), literal);
    }
    response
}

impl OperationOutput for Problem {
    type Inner = Self;

    fn operation_response(context: &mut GenContext, _: &mut Operation) -> Option<Response> {
        Some(response(
            context,
            "Any other problem",
            ProblemKind::Internal,
        ))
    }

    /// What any handler may answer.
    fn inferred_responses(
        context: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<StatusCode>, Response)> {
        responses(context, &[ProblemKind::Internal, ProblemKind::Unavailable])
    }
}
