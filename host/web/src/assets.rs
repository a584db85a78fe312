//! Styles and scripts. They are part of the program, and their addresses carry a hash of what they are, so that browsers
//! keep them for ever.

use std::sync::{Arc, LazyLock};

use app::App;
use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::routing::get;
use base::hex;
use sha2::{Digest, Sha256};
use tower_http::compression::CompressionLayer;

/// A file that pages load.
pub(crate) struct Asset {
    name: &'static str,
    extension: &'static str,
    media_type: &'static str,
    text: &'static str,
}

/// How everything looks.
pub(crate) static STYLES: LazyLock<Served> = LazyLock::new(|| {
    Served::of(Asset {
        name: "vervet",
        extension: "css",
        media_type: "text/css; charset=utf-8",
        text: include_str!("../assets/vervet.css"),
    })
});

/// Buttons that copy.
pub(crate) static COPY: LazyLock<Served> = LazyLock::new(|| {
    Served::of(Asset {
        name: "copy",
        extension: "js",
        media_type: "text/javascript; charset=utf-8",
        text: include_str!("../assets/copy.js"),
    })
});

/// Forms that are sent once.
pub(crate) static ONCE: LazyLock<Served> = LazyLock::new(|| {
    Served::of(Asset {
        name: "once",
        extension: "js",
        media_type: "text/javascript; charset=utf-8",
        text: include_str!("../assets/once.js"),
    })
});

/// A box that ticks all others of a page.
pub(crate) static CHOOSE: LazyLock<Served> = LazyLock::new(|| {
    Served::of(Asset {
        name: "choose",
        extension: "js",
        media_type: "text/javascript; charset=utf-8",
        text: include_str!("../assets/choose.js"),
    })
});

/// Single keys.
pub(crate) static KEYS: LazyLock<Served> = LazyLock::new(|| {
    Served::of(Asset {
        name: "keys",
        extension: "js",
        media_type: "text/javascript; charset=utf-8",
        text: include_str!("../assets/keys.js"),
    })
});

/// What is typed into text areas.
pub(crate) static DRAFTS: LazyLock<Served> = LazyLock::new(|| {
    Served::of(Asset {
        name: "drafts",
        extension: "js",
        media_type: "text/javascript; charset=utf-8",
        text: include_str!("../assets/drafts.js"),
    })
});

/// Buttons that put Markdown into a text area.
pub(crate) static TOOLBAR: LazyLock<Served> = LazyLock::new(|| {
    Served::of(Asset {
        name: "toolbar",
        extension: "js",
        media_type: "text/javascript; charset=utf-8",
        text: include_str!("../assets/toolbar.js"),
    })
});

/// The end of a sign-in.
pub(crate) static SESSION: LazyLock<Served> = LazyLock::new(|| {
    Served::of(Asset {
        name: "session",
        extension: "js",
        media_type: "text/javascript; charset=utf-8",
        text: include_str!("../assets/session.js"),
    })
});

/// Exchanges parts of pages without loading them anew.
pub(crate) static HTMX: LazyLock<Served> = LazyLock::new(|| {
    Served::of(Asset {
        name: "htmx",
        extension: "js",
        media_type: "text/javascript; charset=utf-8",
        text: include_str!("../assets/htmx/htmx.min.js"),
    })
});

/// The code of a link with which a password is set.
pub(crate) static CODE: LazyLock<Served> = LazyLock::new(|| {
    Served::of(Asset {
        name: "code",
        extension: "js",
        media_type: "text/javascript; charset=utf-8",
        text: include_str!("../assets/code.js"),
    })
});

/// What tabs show.
pub(crate) static ICON: LazyLock<Served> = LazyLock::new(|| {
    Served::of(Asset {
        name: "icon",
        extension: "svg",
        media_type: "image/svg+xml",
        text: include_str!("../assets/icon.svg"),
    })
});

/// A file with its address.
pub(crate) struct Served {
    asset: Asset,
    address: String,
}

impl Served {
    fn of(asset: Asset) -> Self {
        let hash = Sha256::digest(asset.text);
        let hash = hex::encode(&hash[..8]);
        let address = format!("/assets/{}.{hash}.{}", asset.name, asset.extension);
        Self { asset, address }
    }

    /// Where browsers find it.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    fn answer(&self) -> ([(HeaderName, HeaderValue); 2], &'static str) {
        let for_ever = HeaderValue::from_static("public, max-age=31536000, immutable");
        let headers = [
            (
                header::CONTENT_TYPE,
                HeaderValue::from_static(self.asset.media_type),
            ),
            (header::CACHE_CONTROL, for_ever),
        ];
        (headers, self.asset.text)
    }
}

/// The files, each at its address, compressed for whoever accepts that.
pub(crate) fn routes() -> Router<Arc<App>> {
    [
        &STYLES, &HTMX, &COPY, &ONCE, &CHOOSE, &KEYS, &DRAFTS, &TOOLBAR, &SESSION, &CODE, &ICON,
    ]
    .into_iter()
    .fold(Router::new(), |router, served| {
        router.route(served.address(), get(async || served.answer()))
    })
    .layer(CompressionLayer::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn htmx_is_the_release_that_was_chosen() {
        // dist/htmx.min.js of the npm package htmx.org 4.0.1.
        let expect = "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130";
        assert_eq!(hex::encode(&Sha256::digest(HTMX.asset.text)), expect);
    }
}
