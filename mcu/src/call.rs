//! `mcu call`: terminals on real sockets.

use crate::shell::{Clock, MediaOptions, Node, Options as NodeOptions, PortRanges};
use crate::terminal::core::{Outcome, Plan, Terminals};
use crate::terminal::options::Options;
use crate::terminal::plane::{
    EndpointSettings, PictureSource, Recorder, SoundSource, TerminalPlane, TraceFile, load,
};
use crate::terminal::report::EndpointReport;
use anyhow::Context;
use base::ParticipantId;
use serde::{Deserialize, Serialize};

/// What one terminal did and found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CallReport {
    /// How its call went.
    pub call: Outcome,
    /// What it sent, heard and saw.
    #[serde(flatten)]
    pub media: EndpointReport,
}

/// Calls, waits until every call is over, and prints the reports; an error if one did not last as
/// long as it should.
pub fn run(options: Options) -> anyhow::Result<()> {
    let plan = Plan::new(&options)?;
    super::open_files_limit();
    let clock = Clock::since_1970();
    let trace = (options.trace.as_deref())
        .map(|path| TraceFile::create(path, clock.now()))
        .transpose()?;
    let plane = TerminalPlane::new(endpoints(&options, &plan, trace.as_ref())?);
    let core = Terminals::new(plan, clock.now(), rand::random());
    let node_options = NodeOptions {
        service: "call".into(),
        listen: options.listen,
        ports: PortRanges {
            media: options.media_ports,
            control: options.control_ports,
        },
        media: MediaOptions::default(),
        pair: None,
        configuration: 0,
    };
    let node_clock = clock.clone();
    let ended = super::runtime()?.block_on(async {
        let node = Node::start(core, plane, node_clock, node_options).await?;
        let handle = node.handle();
        tokio::spawn(async move {
            super::asked_to_stop().await;
            handle.stop().await;
        });
        anyhow::Ok(node.run().await)
    })?;
    let (core, mut plane) = (ended.core, ended.host);
    let media = plane.report(clock.now());
    plane.finish_recordings()?;
    drop(plane);
    trace.map_or(Ok(()), TraceFile::finish)?;
    let reports: Vec<CallReport> = (core.outcomes().zip(media))
        .map(|(call, media)| CallReport { call, media })
        .collect();
    let json = serde_json::to_string_pretty(&reports)?;
    match &options.report {
        Some(path) => std::fs::write(path, json + "\n")
            .with_context(|| format!("cannot write the report to {}", path.display()))?,
        None => println!("{json}"),
    }
    let failed = reports
        .iter()
        .filter(|report| !report.call.completed)
        .count();
    anyhow::ensure!(
        failed == 0,
        "{failed} of {} calls did not last as long as they should",
        reports.len()
    );
    Ok(())
}

fn endpoints(
    options: &Options,
    plan: &Plan,
    trace: Option<&TraceFile>,
) -> anyhow::Result<Vec<EndpointSettings>> {
    let sound = match &options.audio_file {
        _ if options.silent => SoundSource::Silent,
        Some(path) => SoundSource::File(load::sound(path)?),
        None => SoundSource::Tone,
    };
    let pictures = match &options.video_file {
        Some(path) => PictureSource::File(load::pictures(path)?),
        None => PictureSource::Pattern,
    };
    let endpoint = |index: u8| {
        let name = plan.name_of(index);
        let recorder = (options.record.as_deref())
            .map(|folder| Recorder::new(folder, &name, options.frame_rate))
            .transpose()?;
        let sender = options.sender.wrapping_add(index);
        Ok(EndpointSettings {
            participant: ParticipantId(index.into()),
            name,
            sender,
            frame_rate: options.frame_rate,
            sound: sound.clone(),
            pictures: pictures.clone(),
            recorder,
            trace: trace.map(|file| file.of(sender)),
        })
    };
    (0..plan.count).map(endpoint).collect()
}
