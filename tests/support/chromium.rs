//! A real Chromium without a window, driven through WebDriver.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::{Method, Url};
use serde_json::{Value, json};

use crate::accessibility::outline;
use crate::program::target;

/// Keeps what a page says in the console, and what its content security policy forbids.
const LISTEN: &str = "window.heard = [];
for (const level of ['log', 'info', 'warn', 'error']) {
  console[level] = (...said) => window.heard.push(`${level}: ${said.join(' ')}`);
}
addEventListener('error', (event) => window.heard.push(`error: ${event.message}`));
addEventListener('unhandledrejection', (event) => window.heard.push(`rejected: ${event.reason}`));
addEventListener('securitypolicyviolation', (event) => {
  window.heard.push(`forbidden: ${event.violatedDirective} ${event.blockedURI}`);
});";

/// Asks axe-core for the violations of WCAG 2.2 AA and of its best practices.
const CHECK: &str = "const done = arguments[arguments.length - 1];
axe.run(document, { resultTypes: ['violations'] }).then(
  (found) => done(found.violations.map((one) =>
    `${one.id}: ${one.nodes.map((node) => node.html).join(' | ')}`)),
  (error) => done([`axe failed: ${error}`]));";

/// How long a test waits for what a page is to show.
const PATIENCE: Duration = Duration::from_secs(20);

/// Whether pages may run scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scripts {
    /// They may.
    On,
    /// They may not, as some organisations set it.
    Off,
}

/// A browser of one person. Dropped, it is closed.
pub struct Chromium {
    driver: Client,
    base: String,
    _server: Server,
}

/// The driver's process.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It closes its browsers when it is told to stop.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Chromium {
    /// Opens a browser that shows the pages of a host.
    ///
    /// # Panics
    /// Where Chromium or its driver are not installed; `tests/run` brings them.
    pub async fn open(base: impl Into<String>, scripts: Scripts) -> Self {
        let (server, port) = serve();
        let mut options = json!({ "args": [
            "--headless=new",
            "--no-sandbox",
            "--hide-scrollbars",
            "--disable-dev-shm-usage",
            "--force-device-scale-factor=1",
        ] });
        if scripts == Scripts::Off {
            let forbidden = "profile.managed_default_content_settings.javascript";
            options["prefs"] = json!({ forbidden: 2 });
        }
        let wanted = [("goog:chromeOptions".to_owned(), options)];
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(wanted.into_iter().collect());
        let driver = builder.connect(&format!("http://127.0.0.1:{port}")).await;
        let driver = driver.expect("Chromium starts");
        let browser = Self {
            driver,
            base: base.into(),
            _server: server,
        };
        if scripts == Scripts::On {
            let listen = json!({ "source": LISTEN });
            browser
                .tell("Page.addScriptToEvaluateOnNewDocument", listen)
                .await;
        }
        browser
    }

    /// The WebDriver session.
    pub fn driver(&self) -> &Client {
        &self.driver
    }

    /// Sets how wide the window is, in CSS pixels, and whether its user prefers dark pages.
    pub async fn look(&self, width: u32, dark: bool) {
        let size =
            json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.tell("Emulation.setDeviceMetricsOverride", size).await;
        let scheme = if dark { "dark" } else { "light" };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.tell("Emulation.setEmulatedMedia", media).await;
    }

    async fn tell(&self, command: &str, parameters: Value) -> Value {
        let command = DevTools {
            command: command.to_owned(),
            parameters,
        };
        let told = self.driver.issue_cmd(command).await;
        told.expect("the browser takes the command")
    }

    /// Opens a page.
    ///
    /// # Panics
    /// Where it cannot be loaded.
    pub async fn goto(&self, path: &str) {
        let address = format!("{}{path}", self.base);
        self.driver.goto(&address).await.expect("the page loads");
    }

    /// The path of the page that is shown, with what stands behind it.
    ///
    /// # Panics
    /// Where no page is shown.
    pub async fn path(&self) -> String {
        let address = self.driver.current_url().await.expect("a page");
        let address = address.as_str();
        address
            .strip_prefix(&self.base)
            .unwrap_or(address)
            .to_owned()
    }

    /// Signs in at a host of one tenant.
    pub async fn sign_in(&self, login: &str, password: &str) {
        self.goto("/sign-in").await;
        self.type_into("#login", login).await;
        self.type_into("#password", password).await;
        self.click("main button[type=submit]").await;
        self.element("header.top").await;
    }

    /// The first element that a CSS selector finds; one that comes late is waited for.
    ///
    /// # Panics
    /// Where there is none.
    pub async fn element(&self, selector: &str) -> Element {
        let waiting = self.driver.wait().at_most(PATIENCE);
        let found = waiting.for_element(Locator::Css(selector)).await;
        found.unwrap_or_else(|error| panic!("no element '{selector}': {error}"))
    }

    /// Clicks an element.
    ///
    /// # Panics
    /// Where it cannot be clicked.
    pub async fn click(&self, selector: &str) {
        let element = self.element(selector).await;
        element.click().await.expect("it can be clicked");
    }

    /// Types into a field.
    ///
    /// # Panics
    /// Where it cannot be typed into.
    pub async fn type_into(&self, selector: &str, text: &str) {
        let element = self.element(selector).await;
        element.send_keys(text).await.expect("it takes the text");
    }

    /// Types where the focus is, as on a keyboard.
    ///
    /// # Panics
    /// Where nothing is shown.
    pub async fn press(&self, keys: &str) {
        let mut pressed = KeyActions::new("keyboard".to_owned());
        for value in keys.chars() {
            pressed = pressed.then(KeyAction::Down { value });
            pressed = pressed.then(KeyAction::Up { value });
        }
        let done = self.driver.perform_actions(pressed).await;
        done.expect("the browser takes the keys");
    }

    /// Holds a key down while another one is pressed.
    ///
    /// # Panics
    /// Where nothing is shown.
    pub async fn press_with(&self, held: char, value: char) {
        let pressed = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value: held })
            .then(KeyAction::Down { value })
            .then(KeyAction::Up { value })
            .then(KeyAction::Up { value: held });
        let done = self.driver.perform_actions(pressed).await;
        done.expect("the browser takes the keys");
    }

    /// The text of the page.
    ///
    /// # Panics
    /// Where no page is shown.
    pub async fn text(&self) -> String {
        let body = self.element("body").await;
        body.text().await.expect("the text of the page")
    }

    /// Waits until the page shows a text.
    ///
    /// # Panics
    /// Where it does not within 20 seconds.
    pub async fn shows(&self, text: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            // A page that is being left has no text.
            let body = self
                .driver
                .execute("return document.body?.innerText", Vec::new());
            let shown = body.await.unwrap_or_default();
            let shown = shown.as_str().unwrap_or_default();
            if shown.contains(text) {
                return;
            }
            assert!(Instant::now() < end, "no '{text}' in: {shown}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until the page with this path is shown.
    ///
    /// # Panics
    /// Where it is not within 20 seconds.
    pub async fn arrives_at(&self, path: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            let here = self.path().await;
            if here == path {
                return;
            }
            assert!(Instant::now() < end, "at {here} instead of {path}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What page and browser said since the page was opened: nothing, if all is well.
    ///
    /// # Panics
    /// Where no page is shown.
    pub async fn heard(&self) -> Vec<String> {
        self.list("return window.heard").await
    }

    /// What hinders people who see, hear or move differently, as axe-core finds it.
    ///
    /// # Panics
    /// Where axe-core is not there; `tests/run` brings it.
    pub async fn barriers(&self) -> Vec<String> {
        let axe = std::fs::read_to_string(target().join("axe/node_modules/axe-core/axe.min.js"));
        let axe = axe.expect("tests/run brings axe-core");
        let loaded = self.driver.execute(&axe, Vec::new()).await;
        loaded.expect("axe-core loads");
        let found = self.driver.execute_async(CHECK, Vec::new()).await;
        texts(found.expect("axe-core answers"))
    }

    /// The page as people know it who do not see it: roles and names, without what differs from run to run.
    ///
    /// # Panics
    /// Where no page is shown.
    pub async fn outline(&self) -> String {
        let tree = self.tell("Accessibility.getFullAXTree", json!({})).await;
        outline(&tree)
    }

    /// Waits until the page has fetched what it fetches when it is shown.
    ///
    /// # Panics
    /// Where it does not within 20 seconds.
    pub async fn is_whole(&self) {
        let is_whole = "return document.querySelector('[hx-trigger=load]') === null";
        let end = Instant::now() + PATIENCE;
        while self
            .driver
            .execute(is_whole, Vec::new())
            .await
            .expect("it runs")
            != json!(true)
        {
            assert!(Instant::now() < end, "something is not fetched");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// By how many pixels the page is wider than the window.
    ///
    /// # Panics
    /// Where no page is shown.
    pub async fn overhang(&self) -> i64 {
        let width = "return document.documentElement.scrollWidth - window.innerWidth";
        let width = self.driver.execute(width, Vec::new()).await;
        width.expect("a width").as_i64().expect("a number")
    }

    async fn list(&self, script: &str) -> Vec<String> {
        let list = self.driver.execute(script, Vec::new()).await;
        texts(list.expect("an answer"))
    }

    /// Keeps a picture of the page in `target/pages/`.
    ///
    /// # Panics
    /// Where it cannot be written.
    pub async fn picture(&self, name: &str) {
        let folder = target().join("pages");
        std::fs::create_dir_all(&folder).expect("a folder");
        let picture = folder.join(format!("{name}.png"));
        let pixels = self.driver.screenshot().await.expect("a picture");
        std::fs::write(picture, pixels).expect("the picture is written");
    }

    /// Closes the browser.
    ///
    /// # Panics
    /// Where it does not close.
    pub async fn close(self) {
        self.driver.close().await.expect("it closes");
    }
}

/// A command of Chromium's own protocol.
#[derive(Debug)]
struct DevTools {
    command: String,
    parameters: Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(
        &self,
        base: &Url,
        session: Option<&str>,
    ) -> Result<Url, <Url as std::str::FromStr>::Err> {
        let session = session.unwrap_or_default();
        base.join(&format!("session/{session}/goog/cdp/execute"))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = json!({ "cmd": self.command, "params": self.parameters });
        (Method::POST, Some(body.to_string()))
    }
}

fn texts(list: Value) -> Vec<String> {
    serde_json::from_value(list).expect("a list of texts")
}

/// Starts the driver on a free port, which it says.
fn serve() -> (Server, u16) {
    let mut command = Command::new("chromedriver");
    let child = command.arg("--port=0").stdout(Stdio::piped()).spawn();
    let mut child = child.expect("tests/run brings chromedriver");
    let said = child.stdout.take().expect("it speaks");
    let server = Server(child);
    let mut lines = BufReader::new(said).lines().map_while(Result::ok);
    let port = lines.find_map(|line| {
        let (_, rest) = line.split_once("started successfully on port ")?;
        rest.trim_end_matches('.').parse().ok()
    });
    // What it says later goes nowhere.
    std::thread::spawn(move || lines.for_each(drop));
    (server, port.expect("it says its port"))
}
