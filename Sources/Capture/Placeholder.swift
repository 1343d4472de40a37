package enum CapturePlaceholder {}
