// Filled by the merge that follows.
import Testing
