#[test]
fn show() {
    for line in include_str!("vectors.txt").lines() {
        let v: String = serde_json::from_str(line).unwrap();
        println!("{}\t{}", line, match super::RichText::new(&v) { Ok(t)=>serde_json::to_string(t.as_str()).unwrap(), Err(e)=>format!("ERR {e}")});
    }
}
#[test]
fn slow() {
    for n in [100, 500, 900] {
        let mut t: String = (0..n).map(|i| format!("<b x={i}>")).collect();
        t.push_str(&"<p>i".repeat(1000-n));
        let at = std::time::Instant::now();
        let r = super::RichText::new(&t);
        println!("{n} {:?} {}", at.elapsed(), r.map(|r| r.as_str().len().to_string()).unwrap_or_else(|e| e.to_string()));
    }
}
