//! All scenarios, in one test binary: `sim_*` in virtual time, `real_*` over sockets, `interop_*`
//! against programs that we did not write.

mod interop_gstreamer;
mod interop_tshark;
mod real_calls;
mod real_hostile;
mod sim_cluster;
mod sim_cluster_found;
mod sim_hostile;
mod sim_join;
mod sim_media;
mod sim_pair_every_point;
mod sim_pair_phases;
mod sim_pair_ports;
mod sim_pair_random;
mod sim_pair_rejoin;
mod sim_rooms;
mod sim_snapshot;
