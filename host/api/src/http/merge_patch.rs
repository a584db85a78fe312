//! JSON Merge Patch (RFC 7396).

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, ReferenceOr, Response, StatusCode};
use axum::extract::{FromRequest, Request};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::body;
use super::documented;
use super::problem::Problem;
use app::request::{Edit, Invalid};
use json::{JsonObject, JsonValue, to_json};

/// What a PATCH changes: members that are there are replaced, those that are null are removed.
#[derive(Clone, Debug, PartialEq)]
pub struct MergePatch(JsonObject);

impl MergePatch {
    /// Applies the patch to a resource's wire form, and reads the result.
    ///
    /// # Errors
    /// Where the result has not the shape of the resource.
    pub fn apply<T: Serialize + DeserializeOwned>(&self, current: &T) -> Result<T, Invalid> {
        let mut document = to_json(current).expect("a resource has only string keys");
        document.merge(&self.0.clone().into());
        // The patch was checked; what was stored before may be what is refused today, and stays.
        body::fit(&document)
    }

    /// The patch as an edit of a resource's fields, which have the wire form `W`.
    pub fn edit<W, T>(self) -> Edit<T>
    where
        W: Serialize + DeserializeOwned + From<T> + Into<T> + 'static,
        T: 'static,
    {
        Edit::new(move |current| Ok(self.apply(&W::from(current))?.into()))
    }
}

impl<S: Send + Sync> FromRequest<S> for MergePatch {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let accepted = ["application/merge-patch+json", "application/json"];
        body::require_media_type(request.headers(), &accepted)?;
        let bytes = body::read_bytes(request, state).await?;
        match body::parse(&bytes)? {
            JsonValue::Object(patch) => Ok(Self(patch)),
            _ => Err(Problem::unprocessable(
                "a merge patch is a JSON object",
                Vec::new(),
            )),
        }
    }
}

impl OperationInput for MergePatch {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        axum::Json::<JsonObject>::operation_input(context, operation);
        if let Some(ReferenceOr::Item(body)) = &mut operation.request_body
            && let Some(json) = body.content.get("application/json").cloned()
        {
            let media_type = "application/merge-patch+json".to_owned();
            body.content.insert(media_type, json);
        }
    }

    fn inferred_early_responses(
        context: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<StatusCode>, Response)> {
        documented::responses(context, &body::PROBLEMS)
    }
}
