package enum AssemblyPlaceholder {}
