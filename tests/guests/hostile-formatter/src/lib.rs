//! A formatter that does what a formatter must not, as its configuration says:
//! `{"write": "spins"}`, or `{"write": "traps", "at": "poison"}` where only a batch with such a
//! title is to suffer. Otherwise it writes one line for each alert: id and title.

wit_bindgen::generate!({ path: "../../../wit", world: "formatter-plugin" });

#[path = "../../hostile-rule/src/abuse.rs"]
mod abuse;

use std::sync::Mutex;

use exports::vervet::plugin::formatter::{
    Alerts, Column, ColumnType, Context, Guest, Layout, Manifest,
};

struct Hostile;
export!(Hostile);

/// What `describe` does: the text after the colon, padded with spaces.
static DESCRIBE: [u8; 32] = *b"describe:honest                 ";

/// The configuration of the file that is open.
static CONFIG: Mutex<String> = Mutex::new(String::new());

impl Guest for Hostile {
    fn describe() -> Manifest {
        let marker = std::hint::black_box(&DESCRIBE);
        let behaviour = std::str::from_utf8(&marker[9..]).unwrap().trim_end();
        abuse::common(behaviour);
        let mut manifest = Manifest {
            name: "hostile-lines".into(),
            version: "1.0.0".into(),
            title: "Hostile lines".into(),
            description: "Does what a formatter must not.".into(),
            config_schema: r#"{"type":"object"}"#.into(),
            media_type: "text/plain; charset=utf-8".into(),
            file_extension: "txt".into(),
        };
        match behaviour {
            "binary" => manifest.media_type = "application/octet-stream".into(),
            "not-utf8" => manifest.title = abuse::not_utf8(),
            "wrong-length" => manifest.title = abuse::wrong_length(),
            "bad-media-type" => manifest.media_type = "text".into(),
            "bad-extension" => manifest.file_extension = "../txt".into(),
            _ => {}
        }
        manifest
    }

    fn layout_of(config: String) -> Result<Layout, String> {
        let behaviour = setting(&config, "layout");
        abuse::common(behaviour);
        let column = |name: &str| Column {
            name: name.into(),
            column_type: ColumnType::Text,
            max_bytes: Some(1_000),
        };
        match behaviour {
            "refuses" => Err("unknown column 'colour'".into()),
            "same-columns" => Ok(Layout { version: 1, columns: vec![column("id"), column("id")] }),
            "many-columns" => Ok(Layout { version: 1, columns: vec![column("id"); 5_000] }),
            _ => Ok(Layout { version: 1, columns: vec![column("id"), column("title")] }),
        }
    }

    fn open(config: String, context: Context) -> Result<Vec<u8>, String> {
        let behaviour = setting(&config, "open").to_owned();
        *CONFIG.lock().unwrap() = config;
        if let Some(bytes) = misbehave(&behaviour)? {
            return Ok(bytes);
        }
        Ok(format!("# {} {}\n", context.tenant, context.timezone).into_bytes())
    }

    fn write(alerts: Alerts) -> Result<Vec<u8>, String> {
        let config = CONFIG.lock().unwrap();
        let (behaviour, at) = (setting(&config, "write"), setting(&config, "at"));
        if behaviour == "burns" {
            (0..alerts.count * 500_000).for_each(|turn| _ = std::hint::black_box(turn));
        } else if (0..alerts.count as usize).any(|row| {
            let title = text(&alerts.title.bytes, &alerts.title.ends, row);
            at.is_empty() || title.windows(at.len()).any(|part| part == at.as_bytes())
        }) && let Some(bytes) = misbehave(behaviour)?
        {
            return Ok(bytes);
        }
        let mut out = Vec::new();
        for row in 0..alerts.count as usize {
            out.extend_from_slice(text(&alerts.id.bytes, &alerts.id.ends, row));
            out.push(b' ');
            out.extend_from_slice(text(&alerts.title.bytes, &alerts.title.ends, row));
            out.push(b'\n');
        }
        Ok(out)
    }

    fn close() -> Result<Vec<u8>, String> {
        let config = CONFIG.lock().unwrap();
        Ok(misbehave(setting(&config, "close"))?.unwrap_or_else(|| b"# end\n".to_vec()))
    }
}

fn misbehave(behaviour: &str) -> Result<Option<Vec<u8>>, String> {
    abuse::common(behaviour);
    match behaviour {
        "refuses" => Err("cannot".into()),
        "long-answer" => Ok(Some(vec![b'x'; 3 << 20])),
        "not-utf8" => Ok(Some(vec![b'a', 0xff, b'b'])),
        // The first and the second byte of a two-byte character, in two answers.
        "half" => Ok(Some([[0xc3], [0xa9]][(abuse::count() as usize + 1) % 2].to_vec())),
        _ => Ok(None),
    }
}

fn text<'b>(bytes: &'b [u8], ends: &[u32], row: usize) -> &'b [u8] {
    let start = if row == 0 { 0 } else { ends[row - 1] as usize };
    &bytes[start..ends[row] as usize]
}

/// The text of a key in a flat object of texts, "" without it.
fn setting<'c>(config: &'c str, key: &str) -> &'c str {
    let mut parts = config.split('"');
    while let Some(part) = parts.next() {
        if part == key {
            parts.next();
            return parts.next().unwrap_or("");
        }
    }
    ""
}
