//! The schemas that schemas are checked against: the only ones that a schema may refer to besides itself.

use std::sync::LazyLock;

use serde_json::Value;

use crate::draft::Draft;

/// A document of a draft's authors.
struct Bundled {
    uri: &'static str,
    draft: Draft,
    document: LazyLock<Value>,
}

macro_rules! bundled {
    ($($uri:literal $draft:ident $file:literal)*) => {
        [$(Bundled {
            uri: $uri,
            draft: Draft::$draft,
            document: LazyLock::new(|| {
                let text = include_str!(concat!("../metaschemas/", $file));
                serde_json::from_str(text).expect("the bundled schemas are JSON")
            }),
        }),*]
    };
}

static BUNDLED: [Bundled; 19] = bundled! {
    "http://json-schema.org/draft-04/schema" Draft4 "draft4.json"
    "http://json-schema.org/draft-06/schema" Draft6 "draft6.json"
    "http://json-schema.org/draft-07/schema" Draft7 "draft7.json"
    "https://json-schema.org/draft/2019-09/schema" Draft201909 "draft2019-09/schema.json"
    "https://json-schema.org/draft/2019-09/meta/applicator" Draft201909 "draft2019-09/meta/applicator.json"
    "https://json-schema.org/draft/2019-09/meta/content" Draft201909 "draft2019-09/meta/content.json"
    "https://json-schema.org/draft/2019-09/meta/core" Draft201909 "draft2019-09/meta/core.json"
    "https://json-schema.org/draft/2019-09/meta/format" Draft201909 "draft2019-09/meta/format.json"
    "https://json-schema.org/draft/2019-09/meta/meta-data" Draft201909 "draft2019-09/meta/meta-data.json"
    "https://json-schema.org/draft/2019-09/meta/validation" Draft201909 "draft2019-09/meta/validation.json"
    "https://json-schema.org/draft/2020-12/schema" Draft202012 "draft2020-12/schema.json"
    "https://json-schema.org/draft/2020-12/meta/applicator" Draft202012 "draft2020-12/meta/applicator.json"
    "https://json-schema.org/draft/2020-12/meta/content" Draft202012 "draft2020-12/meta/content.json"
    "https://json-schema.org/draft/2020-12/meta/core" Draft202012 "draft2020-12/meta/core.json"
    "https://json-schema.org/draft/2020-12/meta/format-annotation" Draft202012 "draft2020-12/meta/format-annotation.json"
    "https://json-schema.org/draft/2020-12/meta/format-assertion" Draft202012 "draft2020-12/meta/format-assertion.json"
    "https://json-schema.org/draft/2020-12/meta/meta-data" Draft202012 "draft2020-12/meta/meta-data.json"
    "https://json-schema.org/draft/2020-12/meta/unevaluated" Draft202012 "draft2020-12/meta/unevaluated.json"
    "https://json-schema.org/draft/2020-12/meta/validation" Draft202012 "draft2020-12/meta/validation.json"
};

/// The bundled document with a URI, and its draft.
pub(crate) fn find(uri: &str) -> Option<(&'static Value, Draft)> {
    let bundled = BUNDLED.iter().find(|bundled| bundled.uri == uri)?;
    Some((&bundled.document, bundled.draft))
}

/// The schema of all schemas of a draft.
pub(crate) fn of(draft: Draft) -> &'static Value {
    let uri = match draft {
        Draft::Draft4 => "http://json-schema.org/draft-04/schema",
        Draft::Draft6 => "http://json-schema.org/draft-06/schema",
        Draft::Draft7 => "http://json-schema.org/draft-07/schema",
        Draft::Draft201909 => "https://json-schema.org/draft/2019-09/schema",
        Draft::Draft202012 => "https://json-schema.org/draft/2020-12/schema",
    };
    let (document, _) = find(uri).expect("each draft is bundled");
    document
}
