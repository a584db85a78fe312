//! A browser without scripts: it follows no link by itself, keeps the host's cookie, and sends forms.

use reqwest::header::{HeaderMap, LOCATION, SET_COOKIE};
use reqwest::{Method, RequestBuilder};

/// A browser of one person.
pub struct Browser {
    base: String,
    cookie: Option<String>,
    http: reqwest::Client,
}

/// What a browser got.
#[derive(Debug)]
pub struct Page {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The page.
    pub text: String,
}

impl Browser {
    /// A browser that was not at the host before.
    ///
    /// # Panics
    /// Where no client can be made.
    pub fn new(base: impl Into<String>) -> Self {
        // Another client of this process may have installed it; it is the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        Self {
            base: base.into(),
            cookie: None,
            http: http.build().expect("a client"),
        }
    }

    /// The cookie, as the browser sends it.
    pub fn cookie(&self) -> Option<&str> {
        self.cookie.as_deref()
    }

    /// Signs in at a host of one tenant.
    ///
    /// # Panics
    /// Where that is refused.
    pub async fn sign_in(&mut self, login: &str, password: &str) {
        let form = [("login", login), ("password", password)];
        let answer = self.post("/sign-in", &form).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
    }

    /// Opens a page.
    pub async fn get(&mut self, path: &str) -> Page {
        let request = self.request(Method::GET, path);
        self.send(request).await
    }

    /// Sends a form of one of the host's pages.
    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Page {
        let request = self.form(path, form);
        self.send(request.header("sec-fetch-site", "same-origin"))
            .await
    }

    /// Sends a form of one of the host's pages that carries a file in its field `file`: its name and bytes.
    pub async fn upload(
        &mut self,
        path: &str,
        form: &[(&str, &str)],
        (name, bytes): (&str, &[u8]),
    ) -> Page {
        const BOUNDARY: &str = "a-boundary-that-stands-in-no-file";
        let mut body = Vec::new();
        for (field, value) in form {
            let part = format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n"
            );
            body.extend(part.into_bytes());
        }
        let part = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n"
        );
        body.extend(part.into_bytes());
        body.extend(bytes);
        body.extend(format!("\r\n--{BOUNDARY}--\r\n").into_bytes());
        let request = self.request(Method::POST, path).body(body);
        let media_type = format!("multipart/form-data; boundary={BOUNDARY}");
        let request = request.header("content-type", media_type);
        self.send(request.header("sec-fetch-site", "same-origin"))
            .await
    }

    /// A form, from wherever [`send`](Self::send) is told.
    pub fn form(&self, path: &str, form: &[(&str, &str)]) -> RequestBuilder {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(form);
        let request = self.request(Method::POST, path).body(body.finish());
        request.header("content-type", "application/x-www-form-urlencoded")
    }

    /// A request with the cookie.
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        }
    }

    /// Sends a request, and keeps the cookie that it is answered with.
    ///
    /// # Panics
    /// Where there is no answer.
    pub async fn send(&mut self, request: RequestBuilder) -> Page {
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        if let Some(set) = headers.get(SET_COOKIE) {
            let set = set.to_str().expect("ASCII");
            let pair = set.split(';').next().unwrap_or_default().to_owned();
            self.cookie = Some(pair).filter(|_| !set.contains("Max-Age=0"));
        }
        let text = response.text().await.expect("the whole page");
        Page {
            status,
            headers,
            text,
        }
    }
}

impl Page {
    /// Where the answer leads.
    ///
    /// # Panics
    /// Where it leads nowhere.
    pub fn leads_to(&self) -> &str {
        assert_eq!(self.status, 303, "{}", self.text);
        let location = self.headers.get(LOCATION).expect("a place to go to");
        location.to_str().expect("ASCII")
    }

    /// The page, which is one.
    ///
    /// # Panics
    /// Where it has another status.
    pub fn expect(&self, status: u16) -> &str {
        assert_eq!(self.status, status, "{}", self.text);
        &self.text
    }

    /// Where the first form is sent to whose address begins so.
    ///
    /// # Panics
    /// Where there is none.
    pub fn action(&self, begins: &str) -> String {
        let mut actions = self.text.split("action=\"").skip(1);
        let mut actions = actions.by_ref().filter_map(|rest| rest.split('"').next());
        let action = actions.find(|action| action.starts_with(begins));
        unescaped(action.unwrap_or_else(|| panic!("no form '{begins}': {}", self.text)))
    }

    /// The value of the first hidden field of this name.
    ///
    /// # Panics
    /// Where there is none.
    pub fn field_named(&self, name: &str) -> String {
        let field = self.text.split_once(&format!("name=\"{name}\" value=\""));
        let (_, field) = field.unwrap_or_else(|| panic!("no field '{name}': {}", self.text));
        unescaped(field.split('"').next().unwrap_or_default())
    }

    /// The value of the first field of this id.
    ///
    /// # Panics
    /// Where there is none.
    pub fn field(&self, id: &str) -> String {
        let (_, field) = self
            .text
            .split_once(&format!("id=\"{id}\""))
            .unwrap_or_else(|| panic!("no field '{id}': {}", self.text));
        let value = match field.split_once('>') {
            Some((tag, _)) if tag.contains("value=\"") => {
                let (_, value) = tag.split_once("value=\"").expect("a value");
                value.split('"').next()
            }
            Some((_, content)) => content.split('<').next(),
            None => None,
        };
        unescaped(value.unwrap_or_default())
    }
}

/// A text of HTML as it is shown.
fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}
