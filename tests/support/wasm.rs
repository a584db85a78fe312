//! Components that are made of others, for tests of what the host refuses.

/// A component to which parts are appended: they are instantiated with it, and it exports nothing more.
pub struct Appended {
    bytes: Vec<u8>,
    modules: u32,
    components: u32,
}

/// Ids of sections of a component.
const MODULE: u8 = 1;
const CORE_INSTANCE: u8 = 2;
const COMPONENT: u8 = 4;
const INSTANCE: u8 = 5;

impl Appended {
    /// Begins with a component.
    ///
    /// # Panics
    /// Where it is none.
    pub fn to(component: Vec<u8>) -> Self {
        let (mut modules, mut components) = (0, 0);
        let mut rest = component.get(8..).expect("a component has a header");
        while let Some((&id, sized)) = rest.split_first() {
            modules += u32::from(id == MODULE);
            components += u32::from(id == COMPONENT);
            let (length, content) = read_leb(sized);
            rest = content.get(length..).expect("a section is whole");
        }
        Self {
            bytes: component,
            modules,
            components,
        }
    }

    /// Appends a module, which is instantiated so many times.
    ///
    /// # Panics
    /// Where the text is no module.
    pub fn module(self, wat: &str, instances: usize) -> Vec<u8> {
        let module = wat::parse_str(wat).unwrap_or_else(|error| panic!("{error}"));
        let index = self.modules;
        self.part(MODULE, &module, CORE_INSTANCE, index, instances)
    }

    /// Appends a component, which is instantiated once.
    ///
    /// # Panics
    /// Where the text is no component.
    pub fn component(self, wat: &str) -> Vec<u8> {
        let component = wat::parse_str(wat).unwrap_or_else(|error| panic!("{error}"));
        let index = self.components;
        self.part(COMPONENT, &component, INSTANCE, index, 1)
    }

    fn part(mut self, id: u8, part: &[u8], instance: u8, index: u32, instances: usize) -> Vec<u8> {
        self.section(id, part);
        let mut content = Vec::new();
        write_leb(&mut content, instances);
        for _ in 0..instances {
            // Instantiate, this one, with no arguments.
            content.push(0);
            write_leb(&mut content, index as usize);
            content.push(0);
        }
        self.section(instance, &content);
        self.bytes
    }

    fn section(&mut self, id: u8, content: &[u8]) {
        self.bytes.push(id);
        write_leb(&mut self.bytes, content.len());
        self.bytes.extend(content);
    }
}

/// A custom section, which changes a component's bytes and nothing else.
pub fn with_note(mut component: Vec<u8>, note: &str) -> Vec<u8> {
    let mut content = Vec::new();
    for text in ["note", note] {
        write_leb(&mut content, text.len());
        content.extend(text.as_bytes());
    }
    component.push(0);
    write_leb(&mut component, content.len());
    component.extend(content);
    component
}

fn read_leb(bytes: &[u8]) -> (usize, &[u8]) {
    let mut number = 0;
    for (index, byte) in bytes.iter().enumerate() {
        number |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return (number, &bytes[index + 1..]);
        }
    }
    panic!("a number is whole");
}

fn write_leb(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}
