//! What was made of a whole repository the last time.

use std::any::{Any, TypeId};
use std::sync::{Arc, Mutex, PoisonError};

/// One value of each type, shared by a snapshot and all that follow it. Nothing is ever dropped here because of a
/// change: whoever keeps something keeps with it what it was made of, and looks whether that is still so.
#[derive(Clone, Default)]
pub struct Kept(Arc<Mutex<Values>>);

/// Each with its type.
pub(super) type Values = Vec<(TypeId, Arc<dyn Any + Send + Sync>)>;

impl Kept {
    /// The value of this type; the default the first time.
    pub fn get<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.iter().find(|(id, _)| *id == TypeId::of::<T>());
        if let Some(known) = known.and_then(|(_, value)| value.clone().downcast::<T>().ok()) {
            return known;
        }
        let value = Arc::new(T::default());
        all.push((TypeId::of::<T>(), value.clone()));
        value
    }
}
