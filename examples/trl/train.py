"""One step of GRPO with the reward of `relook reward`: it shows that TRL takes it.

    python train.py FOLDER

The model has random weights and two layers, so that it runs on any machine. Put
your own in its place.
"""
import sys

from datasets import Dataset
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from trl import GRPOConfig, GRPOTrainer

from relook_reward import relook_reward


def small_model():
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocab = {t: i for i, t in enumerate(["<pad>", "</s>"] + alphabet)}
    letters = Tokenizer(models.BPE(vocab=vocab, merges=[]))
    letters.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    letters.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=letters, pad_token="<pad>", eos_token="</s>", padding_side="left")
    model = LlamaForCausalLM(LlamaConfig(
        vocab_size=len(vocab), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=2, max_position_embeddings=512, pad_token_id=0, eos_token_id=1, bos_token_id=None))
    return model, tokenizer


model, tokenizer = small_model()
trainer = GRPOTrainer(
    model=model, processing_class=tokenizer, reward_funcs=relook_reward,
    train_dataset=Dataset.from_dict({"prompt": ["a page with three plans", "a login form"]}),
    args=GRPOConfig(
        output_dir=sys.argv[1], max_steps=1, per_device_train_batch_size=4, num_generations=4,
        max_completion_length=48, use_cpu=True, report_to=[], save_strategy="no", logging_steps=1))
trainer.train()
rewards = [row["reward"] for row in trainer.state.log_history if "reward" in row]
print("reward", rewards[-1])
