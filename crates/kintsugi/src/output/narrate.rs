//! Tells a story event by event: the time, who, and what, in columns.
//!
//! Live, a look is one line, cut to the width of the terminal; told whole, nothing is left out but
//! what JSON alone shows.

use std::collections::HashMap;

use model::payload::ToolCalled;
use model::{ActorKind, CallId, Event, EvidenceId, Fact, Look, Millis, Progress, Verdict, render};

use super::{Style, Voice, columns, cut, harmless, padded, wrap};

/// The width of the time and of the actor, with the gap after each.
const TIME: usize = 8;
const WHO: usize = 8;
const GAP: usize = 2;

/// Lines that one event may take while it is told live.
const LIVE_LINES: usize = 6;

/// The acts of the demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    Fault,
    Cause,
    Remedy,
    Word,
    Mend,
    Proof,
    Lesson,
}

/// What is waited for after an event.
pub(crate) struct Wait {
    /// In words.
    pub(crate) word: String,
    /// For how long, if that is known.
    pub(crate) within: Option<Millis>,
}

/// One who tells a story, and remembers what was told.
pub(crate) struct Narrator {
    voice: Voice,
    whole: bool,
    in_acts: bool,
    act: Option<Act>,
    day: String,
    asked: HashMap<CallId, ToolCalled>,
    evidence: Vec<EvidenceId>,
    second_look_after: Millis,
}

impl Narrator {
    /// A narrator who tells what happens while it happens.
    pub(crate) fn live(voice: Voice) -> Self {
        Self {
            voice,
            whole: false,
            in_acts: false,
            act: None,
            day: String::new(),
            asked: HashMap::new(),
            evidence: Vec::new(),
            second_look_after: Millis(0),
        }
    }

    /// A narrator who leaves nothing out.
    pub(crate) fn whole(voice: Voice) -> Self {
        Self {
            whole: true,
            ..Self::live(voice)
        }
    }

    /// The same narrator, with a heading before each act.
    pub(crate) fn in_acts(mut self) -> Self {
        self.in_acts = !self.voice.quiet;
        self
    }

    /// Hears of an event without telling it.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "nothing of the others is needed later"
    )]
    pub(crate) fn hear(&mut self, event: &Event) {
        match &event.fact {
            Fact::ToolCalled(called) => {
                self.asked.insert(called.call, called.clone());
            }
            Fact::ToolReturned(seen) if !self.evidence.contains(&seen.evidence) => {
                self.evidence.push(seen.evidence);
            }
            Fact::RemedyProposed(proposed) => {
                self.second_look_after = proposed.plan.verification.second_look_after;
            }
            _ => {}
        }
    }

    /// Tells an event: no line, one, or more.
    pub(crate) fn tell(&mut self, event: &Event) -> Vec<String> {
        self.hear(event);
        let mut lines = self.heading(event);
        // A call is told with what it gave.
        if matches!(event.fact, Fact::ToolCalled(_)) {
            return lines;
        }
        lines.extend(self.new_day(event));
        lines.extend(self.told(event));
        lines
    }

    /// What is waited for once this event has happened.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "after the others nothing in particular is waited for"
    )]
    pub(crate) fn wait(&self, event: &Event) -> Wait {
        let say = |en, zh| self.voice.say(en, zh).to_owned();
        let word = match &event.fact {
            Fact::Observed(fact)
                if fact.observation.look == Look::Rollout
                    && fact.observation.progress == Progress::Complete =>
            {
                return Wait {
                    word: say("second look in", "距再次查看"),
                    within: Some(self.second_look_after),
                };
            }
            Fact::Applied(_) | Fact::Observed(_) => say("watching the rollout", "观察发布"),
            Fact::GateDecided(fact) if fact.ruling == model::payload::Ruling::Ask => {
                say("waiting for a person", "等待人批准")
            }
            _ => say("working", "进行中"),
        };
        Wait { word, within: None }
    }

    /// The heading of the act that a person's word is asked in.
    pub(crate) fn ask(&mut self) -> Vec<String> {
        self.enter(Act::Word)
    }

    fn heading(&mut self, event: &Event) -> Vec<String> {
        let act = match &event.fact {
            Fact::SignalSeen(_) => Act::Fault,
            Fact::ToolCalled(_) | Fact::ToolReturned(_) | Fact::SkillMatched(_) => Act::Cause,
            Fact::Diagnosed(_) => Act::Cause,
            Fact::RemedyProposed(_) | Fact::Rehearsed(_) => Act::Remedy,
            Fact::Approved(_) | Fact::Rejected(_) => Act::Word,
            Fact::Intended(_) | Fact::Applied(_) => Act::Mend,
            Fact::Observed(fact) if fact.observation.look == Look::Before => Act::Remedy,
            Fact::Observed(_) | Fact::Verified(_) => Act::Proof,
            Fact::LessonKept(_) | Fact::Closed(_) => Act::Lesson,
            Fact::SignalCleared(_)
            | Fact::GateDecided(_)
            | Fact::PlanChanged(_)
            | Fact::RolledBack(_)
            | Fact::EffectFailed(_)
            | Fact::Repaired(_)
            | Fact::StepFailed(_)
            | Fact::Escalated(_)
            | Fact::UndoRequested(_) => return Vec::new(),
        };
        self.enter(act)
    }

    fn enter(&mut self, act: Act) -> Vec<String> {
        if !self.in_acts || self.act.is_some_and(|before| before >= act) {
            return Vec::new();
        }
        self.act = Some(act);
        let after = self.second_look_after;
        let (en, zh) = match act {
            Act::Fault => ("A fault comes in".to_owned(), "故障出现".to_owned()),
            Act::Cause => ("What is the cause?".to_owned(), "查找根因".to_owned()),
            Act::Remedy => ("What would mend it?".to_owned(), "制定方案".to_owned()),
            Act::Word => ("May it be done?".to_owned(), "是否批准".to_owned()),
            Act::Mend => ("It is done, once".to_owned(), "执行，仅一次".to_owned()),
            Act::Proof => (
                format!("Did it help? A second look comes {after} after the first good one"),
                format!("是否见效？首次正常后 {after} 再查看一次"),
            ),
            Act::Lesson => ("What is kept".to_owned(), "留下经验".to_owned()),
        };
        let heading = format!("{}  {}", act as u8 + 1, self.voice.say(&en, &zh));
        vec![String::new(), self.voice.paint(Style::Bold, &heading)]
    }

    /// A line with the day, where the day changes.
    fn new_day(&mut self, event: &Event) -> Option<String> {
        let at = event.at.to_string();
        let day = at.get(..10).unwrap_or(&at);
        if !self.whole || day == self.day {
            return None;
        }
        day.clone_into(&mut self.day);
        Some(self.voice.paint(Style::Dim, &format!("{day} UTC")))
    }

    fn told(&self, event: &Event) -> Vec<String> {
        let room = columns().saturating_sub(TIME + WHO + 2 * GAP);
        let lang = self.voice.lang;
        let look = matches!(event.fact, Fact::ToolReturned(_) | Fact::Observed(_));
        let sentence = harmless(&self.sentence(event));
        let mut lines = match (self.whole, look) {
            (false, true) => vec![cut(&sentence, room)],
            (_, false) | (true, true) => wrap(&sentence, room),
        };
        if !self.whole && lines.len() > LIVE_LINES {
            lines.truncate(LIVE_LINES);
            if let Some(last) = lines.last_mut() {
                last.push('…');
                *last = cut(last, room);
            }
        }
        let style = style(event);
        let mut told: Vec<_> = lines
            .iter()
            .map(|line| self.voice.paint(style, line))
            .collect();
        let mut more = Vec::new();
        if self.whole {
            more.extend(self.rests_on(event));
            more.extend(render::details(event, lang));
        }
        if self.voice.verbose {
            more.push(format!("({})", render::reason(event, lang)));
        }
        for line in more {
            // A command is there to be copied, and so stays whole.
            let wrapped = match line.starts_with("  $ ") {
                true => vec![harmless(&line)],
                false => wrap(&harmless(&line), room.saturating_sub(2)),
            };
            told.extend(
                wrapped
                    .iter()
                    .map(|line| format!("  {}", self.voice.paint(Style::Dim, line))),
            );
        }
        let at = event.at.to_string();
        let time = self.voice.paint(Style::Dim, at.get(11..19).unwrap_or(&at));
        let who = self.who(event);
        let gap = " ".repeat(GAP);
        let space = " ".repeat(TIME + WHO + 2 * GAP);
        told.iter()
            .enumerate()
            .map(|(n, line)| match n {
                0 => format!("{time}{gap}{who}{gap}{line}"),
                _ => format!("{space}{line}"),
            })
            .collect()
    }

    fn who(&self, event: &Event) -> String {
        let actor = &event.actor;
        let (name, style) = match actor.kind {
            ActorKind::Kintsugi => (actor.name.as_str(), Style::Dim),
            ActorKind::Source => (actor.via.as_deref().unwrap_or(&actor.name), Style::Warn),
            ActorKind::Person => (actor.name.as_str(), Style::Accent),
        };
        let name = padded(&cut(&harmless(name), WHO), WHO);
        self.voice.paint(style, &name)
    }

    fn sentence(&self, event: &Event) -> String {
        let Fact::ToolReturned(seen) = &event.fact else {
            return render::sentence(event, self.voice.lang);
        };
        let mut asked = self.asked.get(&seen.call).cloned();
        if let Some(asked) = asked.as_mut().filter(|_| self.whole) {
            asked.tool = format!("{}({})", asked.tool, render::params(&asked.params));
        }
        let look = render::look(asked.as_ref(), seen, self.voice.lang);
        match self.number(seen.evidence) {
            Some(number) => format!("E{number} {look}"),
            None => look,
        }
    }

    /// The number under which a piece of evidence goes in this story.
    fn number(&self, evidence: EvidenceId) -> Option<usize> {
        let place = self.evidence.iter().position(|id| *id == evidence)?;
        Some(place + 1)
    }

    fn rests_on(&self, event: &Event) -> Option<String> {
        let Fact::Diagnosed(fact) = &event.fact else {
            return None;
        };
        let numbers: Vec<_> = fact
            .diagnosis
            .evidence
            .iter()
            .filter_map(|id| Some(format!("E{}", self.number(*id)?)))
            .collect();
        let word = self.voice.say("rests on", "依据");
        (!numbers.is_empty()).then(|| format!("{word} {}", numbers.join(", ")))
    }
}

/// The style in which an event is told.
fn style(event: &Event) -> Style {
    match &event.fact {
        Fact::SignalSeen(_) | Fact::StepFailed(_) | Fact::PlanChanged(_) => Style::Warn,
        Fact::EffectFailed(_) | Fact::Escalated(_) | Fact::Rejected(_) => Style::Bad,
        Fact::Diagnosed(_) | Fact::RemedyProposed(_) => Style::Bold,
        Fact::GateDecided(_) | Fact::Approved(_) | Fact::UndoRequested(_) => Style::Accent,
        Fact::Applied(_) | Fact::LessonKept(_) | Fact::Closed(_) | Fact::SignalCleared(_) => {
            Style::Good
        }
        Fact::Verified(fact) if fact.verdict == Verdict::Healed => Style::Good,
        Fact::Verified(_) => Style::Bad,
        Fact::SkillMatched(_)
        | Fact::ToolCalled(_)
        | Fact::ToolReturned(_)
        | Fact::Rehearsed(_)
        | Fact::Observed(_)
        | Fact::Intended(_)
        | Fact::RolledBack(_)
        | Fact::Repaired(_) => Style::Dim,
    }
}
