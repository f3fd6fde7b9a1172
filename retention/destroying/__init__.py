"""销毁: the list, the gate, the signatures, the execution, the proof."""
