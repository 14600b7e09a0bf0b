"""What a brain may do, one typed function an action. Each takes the conversation's workspace and answers with plain JSON."""
