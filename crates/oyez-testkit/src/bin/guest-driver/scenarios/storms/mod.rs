//! Storms in which something stands in oyez's way. Each time its books balance, what is missing is told, it ends in order,
//! and the load keeps at least nine tenths of the speed that it has while oyez is in no trouble.

mod contest;
mod killed;
mod memory;
mod outputs;
mod stalls;

pub(super) use contest::figure;
pub(super) use killed::{while_it_writes, with_lines_that_wait};
pub(super) use memory::{is_more_than_it_may_take, of_the_page_cache};
pub(super) use outputs::{slow, stopped};
pub(super) use stalls::stalls;
