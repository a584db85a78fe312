//! A new secret for a webhook, beside the former one: `/v1/exports/{export}/webhook-secret`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::caller::UserCaller;
use crate::exports::ExportPath;
use crate::http::{Created, Params, Problem, WireTime};
use crate::idempotency::Repeatable;
use crate::problem_from::problem_from;
use app::exports::webhook_secret::{
    self, DEFAULT_OVERLAP_SECONDS, RotateSecret, RotateSecretError, RotatedSecret,
};

/// Which secret, and how long the former one signs.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct NewSecret {
    /// The webhook's URL; may be left out where the export has one webhook.
    #[serde(default)]
    url: Option<String>,
    /// Seconds for which the former secret signs, too: a day unless told, and 30 days at most.
    #[serde(default = "default_overlap")]
    #[schemars(range(max = 2_592_000))]
    overlap_seconds: u64,
}

fn default_overlap() -> u64 {
    DEFAULT_OVERLAP_SECONDS
}

/// A new secret of a webhook.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "WebhookSecret")]
pub(super) struct NewSecretBody {
    url: String,
    /// Shown once: null in the answer to a request that came again.
    secret: Option<String>,
    /// Until then the former one signs, too.
    former_until: Option<WireTime>,
}

impl From<NewSecret> for RotateSecret {
    fn from(body: NewSecret) -> Self {
        Self {
            url: body.url,
            overlap_seconds: body.overlap_seconds,
        }
    }
}

impl From<RotatedSecret> for NewSecretBody {
    fn from(rotated: RotatedSecret) -> Self {
        Self {
            url: rotated.url,
            secret: rotated.secret,
            former_until: rotated.former_until.map(WireTime),
        }
    }
}

problem_from!(RotateSecretError {
    Forbidden, NoSuchExport, Invalid, Repeat, Lane;
    Conflict: ManyFormer
});

pub(super) async fn rotate_secret(
    caller: UserCaller,
    Params(path): Params<ExportPath>,
    Repeatable { body, once }: Repeatable<NewSecret>,
) -> Result<Created<NewSecretBody>, Problem> {
    let rotated = webhook_secret::rotate(&caller, path.into_name(), body.into(), once).await?;
    Ok(Created(rotated.into()))
}
