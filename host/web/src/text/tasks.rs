//! Tasks of an alert.

/// Tasks of an alert.
pub(crate) struct TasksText {
    pub(crate) title: &'static str,
    pub(crate) empty: &'static str,
    pub(crate) new: &'static str,
    pub(crate) add: &'static str,
    pub(crate) task: &'static str,
    pub(crate) due: &'static str,
    pub(crate) due_in: &'static str,
    pub(crate) done: &'static str,
    pub(crate) edit: &'static str,
    pub(crate) delete: &'static str,
    pub(crate) former: &'static str,
    pub(crate) tick: fn(&str) -> String,
    pub(crate) reopen: fn(&str) -> String,
    pub(crate) done_by: fn(&str) -> String,
    pub(crate) done_of: fn(usize, usize) -> String,
    pub(crate) delete_question: fn(&str) -> String,
}

/// English.
pub(crate) const EN: TasksText = TasksText {
    title: "Tasks",
    empty: "Nothing is noted to be done.",
    new: "Add a task",
    add: "Add task",
    task: "What is to be done",
    due: "due",
    due_in: "Due",
    done: "done",
    edit: "Change",
    delete: "Delete task",
    former: "the present assignee",
    tick: |title| format!("Mark '{title}' as done"),
    reopen: |title| format!("Mark '{title}' as not done"),
    done_by: |login| format!("done by {login}"),
    done_of: |done, of| format!("{done} of {of} done"),
    delete_question: |title| {
        format!("Delete the task '{title}'? The history keeps that it was there.")
    },
};
