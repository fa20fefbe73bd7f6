//! The page around it all.

use super::html::{element, escape};
use super::section::{section, summary};
use super::setting::Setting;
use crate::args::Run;
use crate::figures::Figures;

const STYLE: &str = include_str!("style.css");
const TITLE: &str = "Tributary load test";

/// All of it, as one document.
pub fn page(run: &Run, setting: &Setting, played: &[(String, Figures)]) -> String {
    let fact = |(name, value): &(&str, String)| {
        format!("<div>{}{}</div>\n", element("dt", name), element("dd", value))
    };
    let setting: String = setting.iter().map(fact).collect();
    let numbered = || played.iter().enumerate();
    let sections: String =
        numbered().map(|(number, (name, figures))| section(run, (number, name), figures)).collect();
    let link = |(number, (name, _)): (usize, &(String, Figures))| {
        format!("<a href=\"#s{number}\">{}</a>\n", escape(name))
    };
    let links: String = numbered().map(link).collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n{}<style>\n{STYLE}</style></head>\n<body>\n\
         {}<nav>{links}</nav>\n<dl>{setting}</dl>\n{}{}{sections}</body></html>\n",
        element("title", TITLE),
        element("h1", TITLE),
        element("h2", "Bars"),
        summary(run, played),
    )
}
