//! JSON Merge Patch (RFC 7396).

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, ReferenceOr, Response, StatusCode};
use axum::extract::{FromRequest, Request};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::body;
use super::documented;
use super::problem::Problem;

/// What a PATCH changes: members that are there are replaced, those that are null are removed.
#[derive(Clone, Debug, PartialEq)]
pub struct MergePatch(Value);

impl MergePatch {
    /// Applies the patch to a resource's wire form, and reads the result.
    ///
    /// # Errors
    /// 422 where the result has not the shape of the resource.
    pub fn apply<T: Serialize + DeserializeOwned>(&self, current: &T) -> Result<T, Problem> {
        let mut document = serde_json::to_value(current).map_err(|error| {
            tracing::error!(%error, "a resource could not be written as JSON");
            Problem::internal()
        })?;
        merge(&mut document, self.0.clone());
        body::parse(document.to_string().as_bytes())
    }
}

/// The algorithm of RFC 7396, section 2.
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(target) = target else {
        return;
    };
    for (name, value) in patch {
        if value.is_null() {
            target.remove(&name);
        } else {
            merge(target.entry(name).or_insert(Value::Null), value);
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for MergePatch {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let accepted = ["application/merge-patch+json", "application/json"];
        body::require_media_type(request.headers(), &accepted)?;
        let bytes = body::read_bytes(request, state).await?;
        let patch: Value = body::parse(&bytes)?;
        if !patch.is_object() {
            return Err(Problem::unprocessable(
                "a merge patch is a JSON object",
                Vec::new(),
            ));
        }
        Ok(Self(patch))
    }
}

impl OperationInput for MergePatch {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        axum::Json::<serde_json::Map<String, Value>>::operation_input(context, operation);
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The examples of RFC 7396, appendix A.
    #[test]
    fn patches_merge_as_the_standard_says() {
        for (target, patch, expect) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (
                json!({"a": "b"}),
                json!({"b": "c"}),
                json!({"a": "b", "b": "c"}),
            ),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (
                json!({"a": "b", "b": "c"}),
                json!({"a": null}),
                json!({"b": "c"}),
            ),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (
                json!({"a": {"b": "c"}}),
                json!({"a": {"b": "d", "c": null}}),
                json!({"a": {"b": "d"}}),
            ),
            (
                json!({"a": [{"b": "c"}]}),
                json!({"a": [1]}),
                json!({"a": [1]}),
            ),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a": "b"}), json!(["c"]), json!(["c"])),
            (json!({"a": "foo"}), json!(null), json!(null)),
            (
                json!({"e": null}),
                json!({"a": 1}),
                json!({"e": null, "a": 1}),
            ),
            (
                json!([1, 2]),
                json!({"a": "b", "c": null}),
                json!({"a": "b"}),
            ),
            (
                json!({}),
                json!({"a": {"bb": {"ccc": null}}}),
                json!({"a": {"bb": {}}}),
            ),
        ] {
            let mut merged = target.clone();
            merge(&mut merged, patch.clone());
            assert_eq!(merged, expect, "{target} {patch}");
        }
    }
}
