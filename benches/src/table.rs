//! Tables for people (Markdown on standard output) and for programs (CSV).

use std::fmt::{self, Write};

/// Rows of text under named columns.
#[derive(Debug, Clone)]
pub struct Table {
    columns: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub fn new(columns: &[&'static str]) -> Self {
        Table {
            columns: columns.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row, which must have a cell for each column.
    pub fn row(&mut self, cells: Vec<String>) {
        assert_eq!(cells.len(), self.columns.len(), "a cell for each column");
        self.rows.push(cells);
    }

    /// As CSV, after `header` in lines that begin with `#`.
    pub fn to_csv(&self, header: &str) -> String {
        let mut text = String::new();
        for line in header.lines() {
            let _ = writeln!(text, "# {line}");
        }
        let _ = writeln!(text, "{}", self.columns.join(","));
        for row in &self.rows {
            let cells: Vec<String> = row.iter().map(|cell| quoted(cell)).collect();
            let _ = writeln!(text, "{}", cells.join(","));
        }
        text
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |column: usize| {
            let cells = self.rows.iter().map(|row| row[column].chars().count());
            cells.fold(self.columns[column].chars().count(), usize::max)
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let mut line = |cells: &mut dyn Iterator<Item = &str>| {
            let padded = cells
                .zip(&widths)
                .map(|(cell, &width)| format!(" {cell:>width$} |"));
            writeln!(f, "|{}", padded.collect::<String>())
        };
        line(&mut self.columns.iter().copied())?;
        let rules: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
        line(&mut rules.iter().map(String::as_str))?;
        self.rows
            .iter()
            .try_for_each(|row| line(&mut row.iter().map(String::as_str)))
    }
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms() {
        let mut table = Table::new(&["n", "what"]);
        table.row(vec!["12".into(), "a, \"b\"".into()]);
        assert_eq!(
            table.to_csv("here\nnow"),
            "# here\n# now\nn,what\n12,\"a, \"\"b\"\"\"\n"
        );
        let lines = "|  n |   what |\n| -- | ------ |\n| 12 | a, \"b\" |\n";
        assert_eq!(table.to_string(), lines);
    }
}
