"""What holds in all cases: the rulebook as constraints, asked of a solver, every case it finds decided again."""
