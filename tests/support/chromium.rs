//! A real Chromium without a window, driven through WebDriver.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use thirtyfour::prelude::*;

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
    driver: WebDriver,
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
        let mut wanted = DesiredCapabilities::chrome();
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--hide-scrollbars",
            "--disable-dev-shm-usage",
            "--force-device-scale-factor=1",
        ];
        for argument in arguments {
            wanted.add_arg(argument).expect("an argument");
        }
        if scripts == Scripts::Off {
            let forbidden = json!({ "profile.managed_default_content_settings.javascript": 2 });
            let prefs = wanted.add_experimental_option("prefs", forbidden);
            prefs.expect("an option");
        }
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), wanted).await;
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
    pub fn driver(&self) -> &WebDriver {
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

    async fn tell(&self, command: &str, parameters: Value) {
        let told = self.driver.cdp().send_raw(command, parameters).await;
        told.expect("the browser takes the command");
    }

    /// Opens a page.
    ///
    /// # Panics
    /// Where it cannot be loaded.
    pub async fn goto(&self, path: &str) {
        let address = format!("{}{path}", self.base);
        self.driver.goto(address).await.expect("the page loads");
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
    pub async fn element(&self, selector: &str) -> WebElement {
        let found = self.driver.query(By::Css(selector)).first().await;
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
        let pressed = self.driver.action_chain().send_keys(keys).perform().await;
        pressed.expect("the browser takes the keys");
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
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            // A page that is being left has no text.
            let body = self
                .driver
                .execute("return document.body?.innerText", Vec::new());
            let shown: Option<String> = body.await.ok().and_then(|body| body.convert().ok());
            let shown = shown.unwrap_or_default();
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
        let end = Instant::now() + Duration::from_secs(20);
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
        let loaded = self.driver.execute(axe, Vec::new()).await;
        loaded.expect("axe-core loads");
        let found = self.driver.execute_async(CHECK, Vec::new()).await;
        found.expect("axe-core answers").convert().expect("a list")
    }

    /// By how many pixels the page is wider than the window.
    ///
    /// # Panics
    /// Where no page is shown.
    pub async fn overhang(&self) -> i64 {
        let width = "return document.documentElement.scrollWidth - window.innerWidth";
        let width = self.driver.execute(width, Vec::new()).await;
        width.expect("a width").convert().expect("a number")
    }

    async fn list(&self, script: &str) -> Vec<String> {
        let list = self.driver.execute(script, Vec::new()).await;
        list.expect("an answer").convert().expect("a list of texts")
    }

    /// Keeps a picture of the page in `target/pages/`.
    ///
    /// # Panics
    /// Where it cannot be written.
    pub async fn picture(&self, name: &str) {
        let folder = target().join("pages");
        std::fs::create_dir_all(&folder).expect("a folder");
        let picture = folder.join(format!("{name}.png"));
        self.driver.screenshot(&picture).await.expect("a picture");
    }

    /// Closes the browser.
    ///
    /// # Panics
    /// Where it does not close.
    pub async fn close(self) {
        self.driver.quit().await.expect("it closes");
    }
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
